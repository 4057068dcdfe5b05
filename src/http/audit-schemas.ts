/** What `/api/v1/audit` takes and gives. */
import * as z from 'zod';
import { AUDIT_EVENTS } from '../store/audit-entry.ts';
import { receiptSchema, trailEntryBodySchema } from './schemas.ts';

const caused = {
  id: z.int(),
  at: z.iso.datetime(),
  delivery: z.string().meta({ description: 'The same for all that one delivery has brought about.' }),
  who: z.string().meta({ description: 'The name of the token.' }),
  remote: z.string().meta({ description: 'The address of the sender.' }),
  operation: z.string().optional(),
};

const auditEntrySchema = z.discriminatedUnion('event', [
  z.object({
    ...caused,
    event: z.literal('delivery').meta({ description: 'A webhook, or a request by a person.' }),
    method: z.enum(['GET', 'POST', 'PUT']),
    route: z.enum(['instance', 'hostname']),
    receiver: z.string().optional(),
    userAgent: z.string().optional(),
    truncatedAlerts: z.int().optional(),
    traceId: z.string().optional(),
    alerts: z.int(),
    outcomes: z.record(z.string(), z.int()).meta({ description: 'How many receipts had which outcome.' }),
  }),
  z.object({
    ...caused,
    event: z.literal('receipt').meta({ description: 'An alert that neither opened nor joined an operation.' }),
    ...receiptSchema.shape,
    alertname: z.string().optional(),
  }),
  z.object({
    id: caused.id,
    at: caused.at,
    event: z.literal('token').meta({ description: 'A token was made or revoked.' }),
    who: z.string().meta({ description: 'The name of the token that allowed it, or `command line`.' }),
    remote: caused.remote.optional(),
    message: z.string().meta({ description: 'The token with its scopes, its machines and its end.' }),
  }),
  z.object({ id: z.int(), operation: z.string(), ...trailEntryBodySchema.shape }),
  z.object({
    id: caused.id,
    at: caused.at,
    event: z
      .literal('unreadable')
      .meta({ description: 'Another version wrote the entry, and this one cannot read it.' }),
    operation: caused.operation,
    who: caused.who.optional(),
    remote: caused.remote.optional(),
    message: z.string(),
  }),
]);

export const auditAnswerSchema = z.object({
  entries: z.array(auditEntrySchema),
  next: z.string().optional().meta({ description: 'The cursor of the next page; absent on the last one.' }),
});

const time = z.iso.datetime({ offset: true, error: 'expected a time such as 2026-11-22T18:00:00Z' });
const since = time.transform((text) => Date.parse(text));

/** The time and the number of the last entry that was seen. */
const cursor = z
  .string()
  .regex(/^\d{1,15}\.\d{1,15}$/, 'expected the `next` of an earlier answer')
  .transform((text) => {
    const [at = 0, id = 0] = text.split('.').map(Number);
    return { at, id };
  });

export const auditQuerySchema = z.object({
  operation: z.uuid().optional(),
  event: z.enum(AUDIT_EVENTS).optional(),
  who: z.string().max(100).optional().meta({ description: 'The name of the token.' }),
  since: since.optional(),
  until: since.optional().meta({ description: 'Before this time.' }),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: cursor.optional(),
});
