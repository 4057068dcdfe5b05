/** The inputs of EventBridge Scheduler's actions. */
import { z } from 'zod';
import type { Input } from '../request.ts';
import { invalidExpression, validation } from './errors.ts';

const name = z
  .string()
  .regex(/^[0-9a-zA-Z-_.]{1,64}$/, 'Member must satisfy regular expression pattern: [0-9a-zA-Z-_.]+');
const groupName = name.default('default');
const token = z
  .string()
  .regex(/^[a-zA-Z0-9-_]{1,64}$/, 'Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+');

const target = z.strictObject({
  // The only target that the sandbox can carry out.
  Arn: z
    .string()
    .regex(
      /^arn:aws(?:-[a-z]+)*:scheduler:::aws-sdk:ec2:stopInstances$/,
      'The sandbox knows the target ec2:stopInstances only',
    ),
  RoleArn: z.string().regex(/^arn:aws(?:-[a-z]+)*:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'Provided role ARN is not valid'),
  Input: z.string().default('{}'),
  RetryPolicy: z
    .strictObject({
      MaximumEventAgeInSeconds: z.int().min(60).max(86_400).default(86_400),
      MaximumRetryAttempts: z.int().min(0).max(185).default(185),
    })
    .prefault({}),
});

const schedule = z.strictObject({
  Name: name,
  GroupName: groupName,
  ScheduleExpression: z.string().max(256),
  ScheduleExpressionTimezone: z.literal('UTC', 'The sandbox knows the time zone UTC only').default('UTC'),
  FlexibleTimeWindow: z.strictObject({ Mode: z.literal('OFF', 'The sandbox knows the mode OFF only') }),
  ActionAfterCompletion: z.enum(['NONE', 'DELETE']).default('NONE'),
  Description: z.string().max(512).optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Target: target,
  ClientToken: token.optional(),
});

export type ScheduleInput = z.output<typeof schedule>;

const named = z.strictObject({ Name: name, GroupName: groupName, ClientToken: token.optional() });

const listed = z.strictObject({
  GroupName: name.optional(),
  NamePrefix: name.optional(),
  NextToken: z.string().optional(),
  MaxResults: z.coerce.number().int().min(1).max(100).default(100),
});

const group = z.strictObject({ Name: name, ClientToken: token.optional(), Tags: z.array(z.unknown()).default([]) });

/** @throws AwsError ValidationException */
export const readScheduleInput = (input: Input): ScheduleInput => parse(schedule, input);
/** @throws AwsError ValidationException */
export const readNamed = (input: Input): z.output<typeof named> => parse(named, input);
/** @throws AwsError ValidationException */
export const readListed = (input: Input): z.output<typeof listed> => parse(listed, input);
/** @throws AwsError ValidationException */
export const readGroup = (input: Input): z.output<typeof group> => parse(group, input);

/**
 * The time of `at(yyyy-mm-ddThh:mm:ss)`, in milliseconds since the epoch.
 *
 * @throws AwsError ValidationException for another expression, and for a time that has passed
 */
export function readExpression(expression: string, now: number): number {
  const [, text] = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression) ?? [];
  const at = Date.parse(`${text ?? ''}Z`);
  if (Number.isNaN(at) || at <= now) throw invalidExpression(expression);
  return at;
}

function parse<S extends z.ZodType>(schema: S, input: Input): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const told = result.error.issues.map(
    ({ path, message }) => `Value at '${path.join('.')}' failed to satisfy constraint: ${message}`,
  );
  throw validation(`${told.length} validation error${told.length === 1 ? '' : 's'} detected: ${told.join('; ')}`);
}
