/** The forms that pages send. */
import { readBounded } from '../outgoing/read-bounded.ts';

/** No form of ours is larger. */
const MAX_BYTES = 8 * 1_024;

/** @returns an empty form for a body that is too large or not understood */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const body = request.body;
  if (body === null || Number(request.headers.get('content-length') ?? 0) > MAX_BYTES) return new URLSearchParams();
  const text = await readBounded(body, MAX_BYTES).catch(() => '');
  return new URLSearchParams(text);
}
