/** Serves one HTTP request: a control route, or a call with its faults. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { AnswerCall, AwsAnswer } from './answer-call.ts';
import type { CallLog, SandboxCall } from './call-log.ts';
import { control, CONTROL_PREFIX } from './control.ts';
import type { ArmedFaults } from './faults.ts';
import { readBody, send } from './http.ts';
import { readJsonCall, readRestCall, type RestCall } from './rest.ts';
import type { Schedules } from './scheduler/schedules.ts';
import { filterParameters, listParameter, parseParameters, type Query } from './query.ts';
import { readScope, type AwsRequest } from './request.ts';
import type { World } from './world.ts';

export interface ServeParts {
  readonly world: World;
  readonly answerCall: AnswerCall;
  readonly log: CallLog;
  readonly faults: ArmedFaults;
  readonly schedules: Schedules;
  /** Aborts when the sandbox closes. */
  readonly closing: AbortSignal;
}

/** Never rejects. */
export async function serve(request: IncomingMessage, response: ServerResponse, parts: ServeParts): Promise<void> {
  // A request loses its socket when its body is not read to the end.
  const { socket } = request;
  try {
    const url = new URL(request.url ?? '/', 'http://sandbox');
    if (url.pathname.startsWith(CONTROL_PREFIX)) await control(request, response, parts);
    else if (url.pathname !== '/') await serveRest(url, request, response, parts);
    else if (request.method !== 'GET' && request.method !== 'POST') send(response, 405, 'text/plain', 'GET or POST');
    else await serveCall(await readQuery(request, url.search), request, response, parts);
  } catch (error) {
    // No answer is needed when the client left or sent too much, or when the sandbox closes. Other errors are bugs.
    if (socket.destroyed || parts.closing.aborted || response.headersSent) socket.destroy();
    else send(response, 500, 'text/plain', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

async function readQuery(request: IncomingMessage, search: string): Promise<AwsRequest> {
  const body = await readBody(request);
  const json = readJsonCall(request.headers['x-amz-target'], body);
  if (json !== undefined) return { ...json, query: new Map(), ...signatureOf(request) };
  const query = parseParameters(search, body);
  return { action: query.get('Action') ?? '', query, input: {}, ...signatureOf(request) };
}

/** The one place where JSON protocols begin. */
async function serveRest(
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
  parts: ServeParts,
): Promise<void> {
  const call: RestCall | undefined = readRestCall(request.method ?? '', url, await readBody(request));
  if (call === undefined) send(response, 404, 'text/plain', 'No service of the sandbox answers on this path');
  else
    await serveCall({ ...call, query: new Map(url.searchParams), ...signatureOf(request) }, request, response, parts);
}

function signatureOf({ headers }: IncomingMessage): Pick<AwsRequest, 'authorization' | 'token' | 'signedAt'> {
  const { authorization, 'x-amz-security-token': token, 'x-amz-date': signedAt } = headers;
  return {
    authorization,
    token: typeof token === 'string' ? token : undefined,
    signedAt: typeof signedAt === 'string' ? signedAt : undefined,
  };
}

async function serveCall(
  call: AwsRequest,
  { socket }: IncomingMessage,
  response: ServerResponse,
  { answerCall, log, faults, schedules, world, closing }: ServeParts,
): Promise<void> {
  const requestId = randomUUID();
  const record = (answer: Partial<AwsAnswer>): void => {
    log.add({ at: world.now(), ...describeCall(call), requestId, ...outcomeOf(answer) });
    world.conditions.check();
  };
  schedules.catchUp();
  const hits = faults.take(call.action, namedInstances(call), readScope(call)?.region);
  if (hits.slowMs > 0) await delay(hits.slowMs, undefined, { signal: closing });
  if (hits.reset === 'before') {
    record({});
    socket.destroy();
    return;
  }
  const answer = answerCall(call, requestId, hits);
  if (hits.reset === 'after') {
    const { status: _lost, ...rest } = answer;
    record(rest);
    socket.destroy();
    return;
  }
  record(answer);
  if (hits.garbled !== undefined) {
    send(response, 200, 'text/html', hits.garbled);
    return;
  }
  response.setHeader('x-amzn-requestid', requestId);
  Object.entries(answer.headers ?? {}).forEach(([name, value]) => response.setHeader(name, value));
  // By default, Node writes the time of its own clock.
  response.setHeader('date', new Date(world.now() + hits.skewMs).toUTCString());
  send(response, answer.status, answer.contentType, answer.body);
}

type Outcome = Pick<SandboxCall, 'status' | 'errorCode' | 'account'>;

function outcomeOf({ status, errorCode, account = '' }: Partial<AwsAnswer>): Outcome {
  return {
    account,
    ...(status === undefined ? {} : { status }),
    ...(errorCode === undefined ? {} : { errorCode }),
  };
}

function describeCall(request: AwsRequest): Omit<SandboxCall, 'at' | 'requestId' | keyof Outcome> {
  const { action, query } = request;
  const scope = readScope(request);
  return {
    action,
    service: scope?.service ?? '',
    region: scope?.region ?? '',
    instanceIds: [...listParameter(query, 'InstanceId'), ...idsInInput(request)],
    filters: readFilters(query),
    dryRun: query.get('DryRun')?.toLowerCase() === 'true',
  };
}

/** The instances that a call names by id or by the filter `instance-id`, for the faults of one instance. */
function namedInstances(request: AwsRequest): readonly string[] {
  const { query } = request;
  const filtered = readFilters(query).flatMap(({ name, values }) => (name === 'instance-id' ? values : []));
  return [...listParameter(query, 'InstanceId'), ...filtered, ...idsInInput(request)];
}

/** The instances that a JSON input names, in the name of a schedule for example. */
function idsInInput({ input = {} }: AwsRequest): readonly string[] {
  return [...new Set(JSON.stringify(input).match(/\bi-(?:[0-9a-f]{17}|[0-9a-f]{8})\b/g))];
}

function readFilters(query: Query): SandboxCall['filters'] {
  try {
    return filterParameters(query);
  } catch {
    // The call is refused for its filters, and the log shows that by the error code.
    return [];
  }
}
