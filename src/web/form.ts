/** The forms that pages send. */
import { ProblemError } from '../http/problem.ts';
import { readBounded } from '../outgoing/read-bounded.ts';

/** No form of ours is larger. */
const MAX_KIB = 8;
const MAX_BYTES = MAX_KIB * 1_024;

/** @throws ProblemError with 413 for a form that is too large, and with 400 for one that is cut off */
export async function readForm({ body, headers }: Request): Promise<URLSearchParams> {
  if (body === null) return new URLSearchParams();
  if (Number(headers.get('content-length') ?? 0) > MAX_BYTES) throw tooLarge();
  try {
    return new URLSearchParams(await readBounded(body, MAX_BYTES));
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge();
    throw new ProblemError(400, 'the connection ended before the end of the form, and nothing was changed');
  }
}

function tooLarge(): ProblemError {
  const detail = `expected a form of at most ${MAX_KIB} KiB, and nothing was changed: look at what was pasted into it`;
  return new ProblemError(413, detail, { headers: { connection: 'close' } });
}
