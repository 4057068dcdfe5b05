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

/**
 * Checks the store once for all who ask at the same time: probes need no token, and must not take the database's connections.
 *
 * @returns ready means: what is accepted now gets onto the disk and will be worked on
 */
export function createReadyz(parts: Pick<HttpParts, 'store' | 'isWorkerHealthy'>): () => Promise<Response> {
  let checking: Promise<void> | undefined;
  const check = async (): Promise<void> => {
    try {
      await parts.store.check();
    } finally {
      checking = undefined;
    }
  };
  return async () => {
    checking ??= check();
    await checking;
    if (parts.isWorkerHealthy()) return healthz();
    throw new ProblemError({ status: 503, detail: 'the worker cannot reach the store' });
  };
}
