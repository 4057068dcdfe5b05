/** The machine of an operation in its columns. */
import * as z from 'zod';
import type { ResolvedInstance } from '../domain/instance.ts';
import type { OperationRow } from './schema.ts';

type Billed = Pick<ResolvedInstance, 'lifecycle' | 'billing' | 'availabilityZone'>;

export const billingSchema = z.object({ usage: z.string(), system: z.string(), tenancy: z.string() });

export const billedShape = {
  lifecycle: z.exactOptional(z.string()),
  billing: z.exactOptional(billingSchema),
  availabilityZone: z.exactOptional(z.string()),
};
const schema = z.object(billedShape) satisfies z.ZodType<Billed>;

/** Not yet checked. @throws SyntaxError for text that is no JSON */
export function instanceOf(row: OperationRow): { readonly instance?: object } {
  if (row.instance_id === null) return {};
  const instance = {
    id: row.instance_id,
    place: fromJson(row.place ?? '{}'),
    ...(row.instance_name === null ? {} : { name: row.instance_name }),
    ...(row.instance_owner === null ? {} : { owner: row.instance_owner }),
    ...(row.instance_type === null ? {} : { type: row.instance_type }),
    ...(row.billing === null ? {} : readBilled(row.billing)),
    ...(row.audience === null ? {} : { audience: fromJson(row.audience) }),
  };
  return { instance };
}

export function fromJson(text: string): unknown {
  return JSON.parse(text);
}

/** Text that this version cannot read says nothing: then no price is told. */
function readBilled(text: string): Billed {
  try {
    return schema.safeParse(fromJson(text)).data ?? {};
  } catch {
    return {};
  }
}

export function billedText({ lifecycle, billing, availabilityZone }: Billed): string | null {
  if (billing === undefined && lifecycle === undefined && availabilityZone === undefined) return null;
  return JSON.stringify({ lifecycle, billing, availabilityZone });
}
