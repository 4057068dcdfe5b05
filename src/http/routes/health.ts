/** `/ping`, `/healthz` and `/readyz`: for probes, without authorization. */
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';

/** As the original answers it. */
export function ping(): Response {
  return new Response('pong', { headers: { 'content-type': 'text/plain; charset=utf-8' } });
}

export function healthz(): Response {
  return new Response('ok', { headers: { 'content-type': 'text/plain; charset=utf-8' } });
}

/** Ready means: what is accepted now gets onto the disk and will be worked on. */
export async function readyz(parts: HttpParts): Promise<Response> {
  await parts.store.check();
  if (parts.isWorkerHealthy()) return healthz();
  throw new ProblemError({ status: 503, detail: 'the worker cannot reach the store' });
}
