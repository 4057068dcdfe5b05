import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { CallLog } from './calls.ts';
import { faultSchema } from './faults.ts';
import type { Faults } from './faults.ts';
import { readBody, send, sendJson } from './http.ts';
import type { World } from './world.ts';

/** What the control routes read and change. */
export type Controls = Readonly<{ world: World; log: CallLog; faults: Faults }>;

/** The control routes' common start. EC2 itself answers on `/` only. */
export const controlPrefix = '/_sandbox/';

/**
 * Answers a control request: `GET ping`, `GET calls`, `GET instances`, `POST faults` and `DELETE faults` below
 * `/_sandbox/`. A web page must not reach them, not even by DNS rebinding: an Origin header or a Host that is not a
 * loopback name is refused.
 */
export async function control(request: IncomingMessage, response: ServerResponse, controls: Controls): Promise<void> {
  if (request.headers.origin !== undefined || !isLoopback(request.headers.host ?? '')) {
    const message = 'The control routes answer requests to a loopback host and without an Origin header only';
    sendJson(response, 403, { error: message });
    return;
  }
  const route = `${request.method ?? ''} ${new URL(request.url ?? '/', 'http://sandbox').pathname}`;
  const { world, log, faults } = controls;
  switch (route) {
    case `GET ${controlPrefix}ping`:
      send(response, 200, 'text/plain', 'pong');
      return;
    case `GET ${controlPrefix}calls`:
      sendJson(response, 200, { calls: log.calls, counts: Object.fromEntries(log.counts) });
      return;
    case `GET ${controlPrefix}instances`:
      sendJson(response, 200, { instances: world.all() });
      return;
    case `POST ${controlPrefix}faults`:
      addFaults(await readBody(request), response, faults);
      return;
    case `DELETE ${controlPrefix}faults`:
      faults.clear();
      send(response, 204, 'text/plain', '');
      return;
    default:
      sendJson(response, 404, { error: `Expected a route of the sandbox, got ${route}` });
  }
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(host);
}

const body = z.union([faultSchema, z.array(faultSchema).min(1)]);

function addFaults(text: string, response: ServerResponse, faults: Faults): void {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    sendJson(response, 400, { error: 'Expected a fault, or a list of faults, as JSON' });
    return;
  }
  const parsed = body.safeParse(json);
  if (!parsed.success) {
    sendJson(response, 400, { error: `Expected a fault, or a list of faults. ${z.prettifyError(parsed.error)}` });
    return;
  }
  [parsed.data].flat().forEach((fault) => faults.add(fault));
  send(response, 204, 'text/plain', '');
}
