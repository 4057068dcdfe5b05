/** The control routes: a test in another process reads the sandbox and adds faults through them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { CallLog } from './call-log.ts';
import { faultSchema, type Faults } from './faults.ts';
import type { Schedules } from './scheduler/schedules.ts';
import { readBody, send, sendJson } from './http.ts';
import type { World } from './world.ts';

export interface Controls {
  readonly world: World;
  readonly log: CallLog;
  readonly faults: Faults;
  readonly schedules: Schedules;
}

/** The control routes are below this path; AWS itself answers on `/` only. */
export const CONTROL_PREFIX = '/_sandbox/';

/**
 * Answers a control request. A web page must not reach these routes, not even by DNS rebinding, so a request with an
 * Origin header, or with a Host that is not a loopback name, is refused.
 */
export async function control(request: IncomingMessage, response: ServerResponse, controls: Controls): Promise<void> {
  if (request.headers.origin !== undefined || !isLoopback(request.headers.host ?? '')) {
    const message = 'The control routes only answer requests to a loopback host without an Origin header';
    sendJson(response, 403, { error: message });
    return;
  }
  const route = `${request.method ?? ''} ${new URL(request.url ?? '/', 'http://sandbox').pathname}`;
  const { world, log, faults, schedules } = controls;
  schedules.catchUp();
  switch (route) {
    case `GET ${CONTROL_PREFIX}ping`:
      send(response, 200, 'text/plain', 'pong');
      return;
    case `GET ${CONTROL_PREFIX}calls`:
      sendJson(response, 200, { calls: log.calls, counts: Object.fromEntries(log.counts) });
      return;
    case `GET ${CONTROL_PREFIX}instances`:
      sendJson(response, 200, { instances: world.all() });
      return;
    case `GET ${CONTROL_PREFIX}schedules`:
      sendJson(response, 200, { schedules: schedules.all() });
      return;
    case `POST ${CONTROL_PREFIX}faults`:
      addFaults(await readBody(request), response, faults);
      return;
    case `DELETE ${CONTROL_PREFIX}faults`:
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

const faultsSchema = z.union([faultSchema, z.array(faultSchema).min(1)]);

function addFaults(text: string, response: ServerResponse, faults: Faults): void {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    sendJson(response, 400, { error: 'Expected a fault, or a list of faults, as JSON' });
    return;
  }
  const parsed = faultsSchema.safeParse(json);
  if (!parsed.success) {
    sendJson(response, 400, { error: `Expected a fault, or a list of faults. ${z.prettifyError(parsed.error)}` });
    return;
  }
  [parsed.data].flat().forEach((fault) => faults.add(fault));
  send(response, 204, 'text/plain', '');
}
