/** What would become of intents if they came in now, one after the other, without any of them being recorded. */
import type { Kysely } from 'kysely';
import type { Admission, Candidate } from '../domain/admission.ts';
import { createQueue } from './enqueue.ts';
import { readKnown } from './known.ts';
import type { Database } from './schema.ts';

export async function previewAdmission(
  db: Kysely<Database>,
  candidates: readonly Candidate[],
  now: number,
): Promise<readonly Admission[]> {
  const known = await readKnown(
    db,
    candidates.map(({ intent }) => intent),
  );
  return candidates.map(createQueue(known, now).take);
}
