/** As much of IAM as the policies in deploy/iam use: their form, and what they come to. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { ROOT } from './dockerfile.ts';

/** One or several. */
const words = z.union([z.string(), z.array(z.string()).min(1)]).transform((given) => [given].flat());
const arn = z.string().regex(/^arn:aws:[a-z\d]+:[a-z\d*-]*:(?:\d{12}|\*|):[\w*/.:=@-]+$/);
const arns = words.pipe(z.array(z.union([arn, z.literal('*')])));
const action = z
  .string()
  .regex(/^(?:ec2|iam|kms|pricing|scheduler|sts):[A-Z][A-Za-z]+$/, 'expected one action, spelt out');
const actions = words.pipe(z.array(action));

/** Those that the policies use, of IAM's many. */
const OPERATORS = ['StringEquals', 'StringLike', 'ArnLike', 'Bool'] as const;

const condition = z.partialRecord(z.enum(OPERATORS), z.record(z.string(), words)).prefault({});

const common = {
  Sid: z.string().regex(/^[A-Za-z\d]+$/),
  Effect: z.literal('Allow'),
  Action: actions,
  Condition: condition,
} as const;

function policyOf<S extends z.ZodType>(
  statement: S,
): z.ZodObject<{ Version: z.ZodLiteral<'2012-10-17'>; Statement: z.ZodArray<S> }> {
  return z.strictObject({ Version: z.literal('2012-10-17'), Statement: z.array(statement).min(1) });
}

const permissionSchema = policyOf(z.strictObject({ ...common, Resource: arns }));
const trustSchema = policyOf(
  z.strictObject({ ...common, Principal: z.partialRecord(z.enum(['AWS', 'Federated', 'Service']), words) }),
);

export type Permissions = z.output<typeof permissionSchema>;

/** @param name of a file in deploy/iam */
export function readPermissions(name: string): Permissions {
  return permissionSchema.parse(readPolicy(name));
}

export function readTrust(name: string): z.output<typeof trustSchema> {
  return trustSchema.parse(readPolicy(name));
}

/** Every action in the policy, once. */
export function actionsIn({ Statement }: Permissions): ReadonlySet<string> {
  return new Set(Statement.flatMap((statement) => statement.Action));
}

interface Call {
  readonly action: string;
  readonly resource: string;
  /** Condition keys with what they have in this call. */
  readonly context?: Readonly<Record<string, string>>;
}

/** Whether one of the statements allows it; nothing here denies. */
export function allows({ Statement }: Permissions, { action: asked, resource, context = {} }: Call): boolean {
  return Statement.some(
    (statement) =>
      statement.Action.includes(asked) &&
      statement.Resource.some((pattern) => matches(pattern, resource)) &&
      Object.entries(statement.Condition).every(([operator, keys]) =>
        Object.entries(keys).every(([key, values]) => holds(operator, values, context[key])),
      ),
  );
}

/** A key that is absent holds in none of the operators we use. */
function holds(operator: string, values: readonly string[], actual: string | undefined): boolean {
  if (actual === undefined) return false;
  return values.some((value) => (operator.endsWith('Like') ? matches(value, actual) : value === actual));
}

function matches(pattern: string, text: string): boolean {
  return new RegExp(
    `^${pattern
      .split('*')
      .map((part) => RegExp.escape(part))
      .join('.*')}$`,
  ).test(text);
}

function readPolicy(name: string): unknown {
  return JSON.parse(readFileSync(path.join(ROOT, 'deploy/iam', name), 'utf8'));
}
