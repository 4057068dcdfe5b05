/** Settings of how AWS is called. */
import * as z from 'zod';
import { durationOf, group, httpUrl, region } from './fields.ts';

const timeout = durationOf('100ms', '10m');

const ACCOUNT = 'expected the twelve digits of an account, in quotes';

export const awsSettings = group(
  'How AWS is called. Everything else is read from the standard `AWS_*` variables and files.',
  {
    account: z
      .string(ACCOUNT)
      .regex(/^\d{12}$/, ACCOUNT)
      .optional()
      .describe(
        "The account that the process's own credentials must belong to. Without it, the database remembers the first one. If they are to belong to another one from now on, state it here and restart.",
      ),
    connect_timeout: timeout.prefault('5s').describe('For a connection to AWS.'),
    request_timeout: timeout.prefault('20s').describe('For one call to AWS, all of it.'),
    quota_share: z
      .number()
      .min(0.01)
      .max(1)
      .default(0.8)
      .describe("The share of EC2's published rate limits to use; other programs use the account too."),
    rate_limits: z
      .enum(['ec2', 'none'])
      .default('ec2')
      .describe("`none` if the endpoint is not EC2 and has none of EC2's rate limits: calls are then never held back."),
    cli_concurrency: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .describe('How many `aws` processes may run at once, besides one that watches the machines.'),
    cli_environment: z
      .array(z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name of an environment variable'))
      .default([])
      .describe(
        'Names of variables that the `aws` command gets besides those of AWS, proxies and certificates: for a `credential_process` that needs them.',
      ),
    endpoints: z
      .record(region, httpUrl)
      .default({})
      .describe(
        'Where EC2 answers, by region, such as `eu-central-1: https://vpce-….ec2.eu-central-1.vpce.amazonaws.com`. Other regions use `AWS_ENDPOINT_URL_EC2`, `AWS_ENDPOINT_URL`, or AWS itself.',
      ),
  },
).prefault({});
