import { readBounded } from '../outgoing/read-bounded.ts';

/** Documents, keys and tokens are a few kilobytes. */
const MAX_BYTES = 1024 * 1024;

interface Question {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | URLSearchParams | ReadableStream | ArrayBuffer | Uint8Array | null | undefined;
  readonly signal?: AbortSignal;
}

/** As fetch, for answers that are small. Redirects are not followed: the secret of the client must not go elsewhere. */
export async function boundedFetch(url: string, { method, headers, body, signal }: Question): Promise<Response> {
  const response = await fetch(url, {
    method,
    headers,
    redirect: 'manual',
    ...(body === undefined ? {} : { body: body instanceof Uint8Array ? Buffer.from(body) : body }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (response.body === null) return response;
  const text = await readBounded(response.body, MAX_BYTES);
  return new Response(text, { status: response.status, headers: response.headers });
}
