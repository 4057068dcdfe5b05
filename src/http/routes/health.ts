/** `/ping`, `/healthz` and `/readyz`: for probes, without authentication. */
import { tellThatPaused } from '../known-pauses.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';

/** The original's answer. */
export function ping(): Response {
  return plain('pong');
}

export function healthz(): Response {
  return plain('ok');
}

/** Ready means that a request accepted now is stored and will be carried out. */
export async function readyz({ checkStore, isWorkerHealthy, pauses }: HttpParts): Promise<Response> {
  await checkStore();
  const paused = tellThatPaused(await pauses.read());
  // The first line stays as it is, for probes that compare it.
  if (isWorkerHealthy()) return plain(paused === undefined ? 'ok' : `ok\n${paused}\n`);
  throw new ProblemError(503, 'the worker cannot reach the store');
}

/** Concurrent probes share one check: they need no token, and must not use up the database's connections. */
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
