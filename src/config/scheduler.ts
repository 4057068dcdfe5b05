/** Settings of the dead man's switch. */
import * as z from 'zod';
import { group, roleArn } from './fields.ts';

export const schedulerSettings = group(
  "The dead man's switch: a schedule in EventBridge for each lease, which stops the machine if ec2-operator is gone.",
  {
    role_arn: roleArn.describe(
      "The role as which EventBridge stops machines in the operator's own account. In each of `accounts`, it is the role of the same path and name.",
    ),
    group: z
      .string()
      .regex(/^[\w.-]{1,64}$/, 'expected letters, digits, dots, dashes and underscores, 64 at most')
      .default('ec2-operator')
      .describe('The schedule group, which must exist in each account and region.'),
  },
).optional();
