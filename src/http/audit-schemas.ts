/** The query and the answer of `/api/v1/audit`. */
import * as z from 'zod';
import { trailEntrySchema } from '../domain/trail.ts';
import {
  AUDIT_EVENTS,
  deliveryEntrySchema,
  pauseEntrySchema,
  holdEntrySchema,
  leaseEntrySchema,
  linkKeyEntrySchema,
  noticeEntrySchema,
  receiptEntrySchema,
  tokenEntrySchema,
  unreadableEntrySchema,
} from '../store/audit-entry.ts';
import { instant, lastTime, operationIdSchema, pageSize, type Shown } from './schemas.ts';

/** Fields that the API adds to an entry of the log. */
const added = { id: z.int(), at: z.iso.datetime(), operation: z.string().optional() };
const repeated = { ...added, lastAt: lastTime };
const ofMachine = {
  target: z
    .string()
    .optional()
    .meta({ description: 'What its operation was asked for: an instance id, an address or a name.' }),
  instance: z
    .string()
    .optional()
    .meta({ description: 'The instance id of the machine of its operation, once it is known.' }),
};

const auditEntrySchema = z.discriminatedUnion('event', [
  deliveryEntrySchema.extend(repeated),
  receiptEntrySchema.extend({ ...repeated, ...ofMachine }),
  tokenEntrySchema.extend(added),
  pauseEntrySchema.extend(added),
  holdEntrySchema.extend(added),
  leaseEntrySchema.extend(added),
  linkKeyEntrySchema.extend(added),
  noticeEntrySchema.extend(added),
  trailEntrySchema.extend({ ...repeated, ...ofMachine }),
  unreadableEntrySchema.extend({ ...added, ...ofMachine }),
]);

export const auditAnswerSchema = z.object({
  entries: z.array(auditEntrySchema),
  cursor: z.string().optional().describe('Ask for the next page with it; absent on the last one.'),
});
export type AuditAnswer = Shown<z.input<typeof auditAnswerSchema>>;

/** The time and the number of the last entry that was seen. */
const cursor = z
  .string()
  .regex(/^\d{1,15}\.\d{1,15}$/, 'expected the `cursor` of an earlier answer')
  .transform((text) => {
    const [at = 0, id = 0] = text.split('.').map(Number);
    return { at, id };
  });

export const auditQuerySchema = z.object({
  operation: operationIdSchema.optional(),
  event: z.enum(AUDIT_EVENTS).optional(),
  who: z.string().max(200).optional().describe('The name of the token, or of the person: `sso:` and her user name.'),
  machine: z
    .string()
    .max(255)
    .optional()
    .describe(
      'Only entries about this machine, by its instance id or its tag `Name`: of its latest thousand operations, its holds and its leases.',
    ),
  since: instant.optional(),
  until: instant.optional().describe('Before this time.'),
  limit: pageSize,
  cursor: cursor.optional(),
});
/** As a form of a browser asks: its times have no zone. */
export const auditPageQuerySchema = auditQuerySchema.extend({
  since: z.string().max(40).optional(),
  until: z.string().max(40).optional(),
});
export type AuditPageQuery = z.output<typeof auditPageQuerySchema>;

export type AuditQuery = z.output<typeof auditQuerySchema>;
