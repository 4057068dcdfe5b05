/** `/ping`, `/healthz` and `/readyz`: for probes, without authorization. */
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';

/** As the original answers it. */
export function ping(): Response {
  return plain('pong');
}

export function healthz(): Response {
  return plain('ok');
}

/** @returns ready means: what is accepted now gets onto the disk and will be worked on */
export async function readyz({ checkStore, isWorkerHealthy }: HttpParts): Promise<Response> {
  await checkStore();
  if (isWorkerHealthy()) return plain('ok');
  throw new ProblemError({ status: 503, detail: 'the worker cannot reach the store' });
}

/** Checks once for all who ask at the same time: probes need no token, and must not take the database's connections. */
export function createSharedCheck(check: () => Promise<void>): () => Promise<void> {
  let checking: Promise<void> | undefined;
  return async () => {
    checking ??= check().finally(() => {
      checking = undefined;
    });
    return checking;
  };
}

function plain(text: string): Response {
  return new Response(text, { headers: { 'content-type': 'text/plain; charset=utf-8' } });
}
