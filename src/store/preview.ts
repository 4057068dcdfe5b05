/** As `Store.previewAdmission`. */
import type { Admission, Candidate } from '../domain/admission.ts';
import { createQueue } from './enqueue.ts';
import { readKnown } from './known.ts';
import type { Db } from './schema.ts';

export async function previewAdmission(
  db: Db,
  candidates: readonly Candidate[],
  now: number,
): Promise<readonly Admission[]> {
  const known = await readKnown(
    db,
    candidates.map(({ intent }) => intent),
  );
  return candidates.map(createQueue(known, now).take);
}
