import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, Api } from './api.ts';
import { readScope } from './caller.ts';
import type { Credentials } from './caller.ts';
import type { CallLog, SandboxCall } from './calls.ts';
import { control, controlPrefix } from './control.ts';
import type { createFaults } from './faults.ts';
import { readBody, send } from './http.ts';
import { filterParameters, listParameter, parseQuery } from './query.ts';
import type { World } from './world.ts';

/** What a request is served with. */
export type Parts = Readonly<{
  world: World;
  api: Api;
  log: CallLog;
  faults: ReturnType<typeof createFaults>;
  /** Aborts when the sandbox closes. */
  closing: AbortSignal;
}>;

/** Serves one HTTP request: a control route, or a call with the faults that hit it. Never rejects. */
export async function serve(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<void> {
  // Kept, because a request whose body is not read to the end loses it.
  const { socket } = request;
  try {
    const url = new URL(request.url ?? '/', 'http://sandbox');
    if (url.pathname.startsWith(controlPrefix)) await control(request, response, parts);
    else if (url.pathname !== '/') send(response, 404, 'text/plain', 'EC2 answers on / only');
    else if (request.method !== 'GET' && request.method !== 'POST') send(response, 405, 'text/plain', 'GET or POST');
    else await serveCall(request, response, url.search, parts);
  } catch (error) {
    // A client that has gone or sends too much and a sandbox that closes need no answer. Anything else is a bug.
    if (socket.destroyed || parts.closing.aborted || response.headersSent) socket.destroy();
    else send(response, 500, 'text/plain', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

async function serveCall(
  request: IncomingMessage,
  response: ServerResponse,
  search: string,
  parts: Parts,
): Promise<void> {
  const { api, log, faults, world, closing } = parts;
  const query = parseQuery(search, await readBody(request));
  const { authorization, 'x-amz-security-token': token, 'x-amz-date': signedAt } = request.headers;
  const credentials: Credentials = {
    authorization,
    token: typeof token === 'string' ? token : undefined,
    signedAt: typeof signedAt === 'string' ? signedAt : undefined,
    query,
  };
  const requestId = randomUUID();
  const record = (answer: Partial<Answer>): void => {
    log.add({ at: world.now(), ...describeCall(credentials), requestId, ...outcome(answer) });
    world.watch.check();
  };

  const hits = faults.take(query.get('Action') ?? '', namedInstances(query), readScope(credentials)?.region);
  if (hits.slowMs > 0) await delay(hits.slowMs, undefined, { signal: closing });
  if (hits.reset === 'before') {
    record({});
    request.socket.destroy();
    return;
  }
  const answer = api(credentials, requestId, hits);
  if (hits.reset === 'after') {
    const { status: _lost, ...rest } = answer;
    record(rest);
    request.socket.destroy();
    return;
  }
  record(answer);
  if (hits.garbled !== undefined) {
    send(response, 200, 'text/html', hits.garbled);
    return;
  }
  response.setHeader('x-amzn-requestid', requestId);
  // Node would write its own clock's time.
  response.setHeader('date', new Date(world.now() + hits.skewMs).toUTCString());
  send(response, answer.status, 'text/xml;charset=UTF-8', answer.body);
}

function outcome({
  status,
  errorCode,
  account,
}: Partial<Answer>): Pick<SandboxCall, 'status' | 'errorCode' | 'account'> {
  return {
    account: account ?? '',
    ...(status === undefined ? {} : { status }),
    ...(errorCode === undefined ? {} : { errorCode }),
  };
}

type CallDescription = Pick<SandboxCall, 'action' | 'service' | 'region' | 'instanceIds' | 'filters' | 'dryRun'>;

function describeCall(credentials: Credentials): CallDescription {
  const { query } = credentials;
  const scope = readScope(credentials);
  return {
    action: query.get('Action') ?? '',
    service: scope?.service ?? '',
    region: scope?.region ?? '',
    instanceIds: listParameter(query, 'InstanceId'),
    filters: readFilters(query),
    dryRun: query.get('DryRun')?.toLowerCase() === 'true',
  };
}

/** The instances that a call is about, for faults that are meant for one: by id or by the filter of that name. */
function namedInstances(query: Credentials['query']): readonly string[] {
  const filtered = readFilters(query).flatMap(({ name, values }) => (name === 'instance-id' ? values : []));
  return [...listParameter(query, 'InstanceId'), ...filtered];
}

function readFilters(query: Credentials['query']): SandboxCall['filters'] {
  try {
    return filterParameters(query);
  } catch {
    // The call was refused for them; the log shows that by its error code.
    return [];
  }
}
