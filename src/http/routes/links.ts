/** `/api/v1/links/rotate`: a new key for links. */
import * as z from 'zod';
import type { HttpParts } from '../parts.ts';
import type { SenderInput } from '../route.ts';
import { time, type Shown } from '../schemas.ts';
import { toTime } from '../show-operation.ts';

export const rotatedAnswerSchema = z.object({
  key: z.object({ kid: z.string().describe('Names the key in links, before the first dot.'), createdAt: time }),
});
export type RotatedAnswer = Shown<z.input<typeof rotatedAnswerSchema>>;

export const rotateQuerySchema = z.object({
  revoke: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Links that were sent before do not work any more, within a minute on all replicas.'),
});
type RotateQuery = z.output<typeof rotateQuerySchema>;

export async function rotateLinkKey(
  parts: HttpParts,
  { sender, remote, query }: SenderInput<unknown, RotateQuery>,
): Promise<RotatedAnswer> {
  const by = { name: sender.name, remote };
  const isRevoked = query.revoke === 'true';
  const { kid, createdAt } = await parts.store.rotateLinkKey(parts.clock(), by, isRevoked);
  parts.links?.forget();
  parts.log.info({ kid, isRevoked, by: sender.name, remote }, 'a new key signs links from now on');
  return { key: { kid, createdAt: toTime(createdAt) } };
}
