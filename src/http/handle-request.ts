/** The way of a request to its handler: the sender is identified, then authorized, and only then is the request read. */
import * as z from 'zod';
import { answerGuess, watchGuess } from './auth/guesses.ts';
import { refuseUnasked, requireScope, type Presented, type Sender } from './auth/sender.ts';
import type { Route } from '../domain/intent.ts';
import { packed } from './packed.ts';
import type { Lasting } from './lasting.ts';
import type { HttpParts } from './parts.ts';
import { ProblemError } from './problem.ts';
import { isTracking, parseParams, parseQuery } from './query.ts';
import { logRefused } from './receive.ts';
import { isSameSiteOnly, refusesUnknown, useOf, type Input, type RouteEntry, type WebhookInput } from './route.ts';

/** A request, and where it comes from. */
export interface Arrived {
  readonly request: Request;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** The other end of the socket. */
  readonly peer: string | undefined;
  /** The sender's address, behind proxies. */
  readonly remote: string;
}

export interface Arrival extends Arrived {
  /** The values of the path's `{name}`s. */
  readonly params: Readonly<Record<string, string>>;
  readonly lasting: Lasting | undefined;
  /** Called once the sender is authenticated; the answer may take another minute. */
  readonly onAdmitted: (sender: Sender) => void;
}

type Open = Extract<RouteEntry, { readonly access: 'open' | 'link' }>;
type Guarded = Exclude<RouteEntry, Open>;
type Webhook = Extract<RouteEntry, { readonly webhook: Route }>;
/** @throws ProblemError with 403 for a sender without one of the route's scopes */
type Admit = (sender: Sender) => void;
type Given = Readonly<Record<string, unknown>>;

/** @throws ProblemError, StoreUnavailableError */
export async function handleRequest(parts: HttpParts, entry: RouteEntry, arrival: Arrival): Promise<Response> {
  const given =
    entry.access === 'open' || entry.access === 'link'
      ? await entry.handle(parts, {
          ...readHead(parts, entry, arrival, strangerIn(arrival, useOf(entry))),
          body: undefined,
        })
      : await guard(parts, entry, arrival);
  if (given instanceof Response) return given;
  if (entry.method !== 'GET' || entry.acts === true) return Response.json(given);
  return packed(arrival.request, JSON.stringify(given), { headers: { 'content-type': 'application/json' } });
}

async function guard(parts: HttpParts, entry: Guarded, arrival: Arrival): Promise<unknown> {
  const { request, remote, onAdmitted } = arrival;
  if (isSameSiteOnly(entry)) parts.login.origins.refuseForeign(request.headers);
  if (entry.acts === true) refuseUnasked(request.headers);
  const guess = watchGuess(parts, request.headers, remote);
  const admit: Admit = (sender) => {
    if (sender.isSigned === true) guess.over();
    else guess.right();
    onAdmitted(sender);
    requireScope(sender, ...entry.access);
  };
  try {
    if (entry.webhook !== undefined) return await entry.handle(parts, await readWebhook(parts, entry, arrival, admit));
    const presented = presentedIn(arrival, useOf(entry));
    const sender = await parts.authenticate(presented);
    admit(sender);
    await parts.catchUp(request.headers.get('last-event-id'));
    const head = readHead(parts, entry, arrival, presented);
    const askAgain = async (): Promise<void> => {
      requireScope(await parts.authenticate(presented), ...entry.access);
    };
    const body = entry.body?.parse(await parts.readJson(request, sender.name), parts.clock());
    return await entry.handle(parts, { ...head, body, sender, askAgain });
  } catch (error) {
    guess.over();
    throw answerGuess(parts, error, remote, entry.path) ?? error;
  }
}

function presentedIn({ request, rawHeaders, peer, remote }: Arrived, use: Presented['use']): Presented {
  return { headers: request.headers, rawHeaders, peer, remote, use };
}

/** Outside `guard`, no token counts, and none is looked up: the answers would tell guesses apart, past its limit. */
export function strangerIn(arrived: Arrived, use: Presented['use']): Presented {
  const headers = new Headers(arrived.request.headers);
  headers.delete('authorization');
  return { ...presentedIn(arrived, use), headers };
}

/** A signature covers the body, so the body is read before the sender is authenticated. */
async function readWebhook(
  parts: HttpParts,
  entry: Webhook,
  arrival: Arrival,
  admit: Admit,
): Promise<WebhookInput<Given, Given>> {
  const { request, remote } = arrival;
  const { webhook: route } = entry;
  let known: Sender | undefined;
  try {
    const { body, ...admitted } = await parts.admitWebhook(request, remote, (sender) => {
      admit(sender);
      known = sender;
    });
    const presented = presentedIn(arrival, useOf(entry));
    return {
      ...readHead(parts, entry, arrival, presented),
      ...admitted,
      route,
      body: entry.body?.parse(body, parts.clock()),
    };
  } catch (error) {
    if (error instanceof ProblemError && [400, 413, 415].includes(error.problem.status))
      logRefused(parts, { request, route, remote, sender: known }, error.problem.detail);
    throw error;
  }
}

function readHead(
  { eventStreams }: HttpParts,
  entry: RouteEntry,
  arrival: Arrival,
  presented: Presented,
): Omit<Input<Given, Given>, 'body'> {
  const { params } = entry;
  const { request, remote, lasting } = arrival;
  return {
    request,
    remote,
    presented,
    lasting,
    liveSince: eventStreams.latest(),
    query: queryOf(entry, request.url),
    params: params === undefined ? {} : parseParams(params, arrival.params),
  };
}

const NO_PARAMETERS = z.object({});

/** Open pages that are told together ask for the same, so what a route has read last is kept. It follows from the text alone. */
const lastRead = new WeakMap<RouteEntry, { readonly search: string; readonly query: Given }>();

function queryOf(entry: RouteEntry, url: string): Given {
  const begin = url.indexOf('?');
  const search = begin < 0 ? '' : url.slice(begin);
  const known = lastRead.get(entry);
  if (known?.search === search) return known.query;
  const query = readQuery(entry, new URL(url).searchParams);
  lastRead.set(entry, { search, query });
  return query;
}

function readQuery(entry: RouteEntry, parameters: URLSearchParams): Given {
  const { query, forPeople } = entry;
  if (!refusesUnknown(entry)) return query === undefined ? {} : parseQuery(query, parameters, () => true);
  return parseQuery(query ?? NO_PARAMETERS, parameters, (name) => forPeople === true && isTracking(name));
}
