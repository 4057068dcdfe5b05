/** Settings of how AWS is called. */
import * as z from 'zod';
import { durationOf, httpUrl, region } from './fields.ts';

export const awsSettings = z
  .strictObject({
    connect_timeout: durationOf('100ms', '10m')
      .prefault('5s')
      .meta({ shownDefault: '5s', description: 'For a connection to AWS.' }),
    request_timeout: durationOf('100ms', '10m')
      .prefault('20s')
      .meta({ shownDefault: '20s', description: 'For one call to AWS, all of it.' }),
    quota_share: z.number().min(0.01).max(1).default(0.8).meta({
      description: "Which share of EC2's published rate limits to use; others use the account too.",
    }),
    rate_limits: z.enum(['ec2', 'none']).default('ec2').meta({
      description:
        "`none` if the endpoint is not EC2 and has none of EC2's rate limits: calls are then never held back.",
    }),
    cli_concurrency: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .meta({ description: 'How many `aws` processes may run at once.' }),
    cli_environment: z
      .array(z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name of an environment variable'))
      .default([])
      .meta({
        description:
          'Names of variables that the `aws` command gets besides those of AWS, proxies and certificates: for a `credential_process` that needs them.',
      }),
    endpoints: z.record(region, httpUrl).default({}).meta({
      description:
        'Where EC2 answers, by region, such as `eu-central-1: https://vpce-….ec2.eu-central-1.vpce.amazonaws.com`. A region that is not here goes by `AWS_ENDPOINT_URL_EC2`, `AWS_ENDPOINT_URL`, or to AWS.',
    }),
  })
  .prefault({})
  .meta({ description: 'How AWS is called. Everything else is read from the standard `AWS_*` variables and files.' });
