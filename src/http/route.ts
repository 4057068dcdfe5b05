/** An entry of the route table (`routes.ts`). Everything else about a route is derived from its entry. */
import type * as z from 'zod';
import type { Route } from '../domain/intent.ts';
import type { Scope } from '../domain/scope.ts';
import type { Signature } from '../store/port.ts';
import type { Presented, Sender } from './auth/sender.ts';
import type { Lasting } from './lasting.ts';
import type { HttpParts } from './parts.ts';
import type { Shown } from './schemas.ts';

/** A status of a route. The meaning is a sentence for OpenAPI and the reference page; it stands alone where a problem is answered. */
type Answer =
  | string
  | { readonly meaning: string; readonly schema: z.ZodType }
  /** `type` is its media type, if it is not plain text. */
  | { readonly meaning: string; readonly example: string; readonly type?: string }
  | { readonly meaning: string; readonly page: true };
export type Answers = Readonly<Record<number, Answer>>;

/** A request body: how OpenAPI describes it, and how it is read. */
export interface Body<T> {
  readonly schema: z.ZodType;
  /** @throws ProblemError for a body that is not understood */
  readonly parse: (body: unknown, now: number) => T;
}

/** A request, read by the schemas of its route. */
export interface Input<P = unknown, Q = unknown, B = unknown> {
  readonly request: Request;
  /** The sender's address. */
  readonly remote: string;
  readonly presented: Presented;
  /** Absent where the request did not come through the socket. */
  readonly lasting: Lasting | undefined;
  /** Names the last hint before the request is handled: a page that is made for it may have missed what comes after it. */
  readonly liveSince: string;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

/** An input whose sender has shown a token with one of the route's scopes. */
export interface SenderInput<P = unknown, Q = unknown, B = unknown> extends Input<P, Q, B> {
  readonly sender: Sender;
  /** Rejects once the sender has lost the right to this request: an answer that goes on ends then. */
  readonly askAgain: () => Promise<void>;
}

export interface WebhookInput<P = unknown, Q = unknown, B = unknown> extends Omit<SenderInput<P, Q, B>, 'askAgain'> {
  readonly route: Route;
  /** Of a signed webhook: a copy of the webhook is refused. */
  readonly signature?: Signature;
}

/** A handler returns the data of its 200, or a whole Response. */
type Given<A extends Answers> =
  | Response
  | (A extends { readonly 200: { readonly schema: infer S extends z.ZodType } } ? Shown<z.input<S>> : never);

type Handler<I, G> = {
  // Parameters of methods are compared in both directions, which lets handlers with different inputs into one table.
  handle(parts: HttpParts, input: I): G | Promise<G>;
}['handle'];

/** `access` is checked before the handler is called; it decides what the handler learns of the sender. */
type Guarded<P, Q, B, G> =
  | { readonly access: 'open'; readonly webhook?: undefined; readonly handle: Handler<Input<P, Q, B>, G> }
  /** The token in the path is the right to it, and the handler reads it. */
  | { readonly access: 'link'; readonly webhook?: undefined; readonly handle: Handler<Input<P, Q, B>, G> }
  | {
      /** The token needs one of these scopes. */
      readonly access: readonly Scope[];
      readonly webhook?: undefined;
      readonly handle: Handler<SenderInput<P, Q, B>, G>;
    }
  | {
      readonly access: readonly Scope[];
      /** Labels are read as on this route of the domain. A signature is accepted in place of a token. */
      readonly webhook: Route;
      readonly handle: Handler<WebhookInput<P, Q, B>, G>;
    };

type Described<P extends z.ZodType, Q extends z.ZodType, B, A extends Answers, G = Given<A>> = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** In OpenAPI's notation; each `{name}` is a key of `params`. */
  readonly path: `/${string}`;
  readonly summary: string;
  /** A GET that acts on machines: HEAD is refused, and so are requests that a browser makes by itself. */
  readonly acts?: true;
  /** A GET that begins a login or a session: HEAD is refused. */
  readonly begins?: true;
  /** For people in browsers: who is not logged in is led to the login, and problems are shown as a page. */
  readonly forPeople?: true;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: Body<B>;
  /** The route's own answers; `answersOf` adds those that follow from its access, query and body. */
  readonly answers: A;
} & Guarded<z.output<P>, z.output<Q>, B, G>;

export type RouteEntry = Described<z.ZodObject, z.ZodObject, unknown, Answers, unknown>;

/** Whether requests caused by another web site are refused: on routes that change something, and on those for `admin` only. */
export function isSameSiteOnly({ method, acts, access }: RouteEntry): boolean {
  if (access === 'link') return false;
  if (method !== 'GET' || acts === true) return true;
  return access !== 'open' && access.every((scope) => scope === 'admin');
}

/**
 * Whether parameters that a route does not know are refused: a misspelt filter must not show more than was asked for. The
 * routes of the original ignored them, probes and scrapers may add some, and a login widens nothing.
 */
export function refusesUnknown({ path, access, forPeople, query }: RouteEntry): boolean {
  if (path.startsWith('/api/')) return true;
  return forPeople === true && access !== 'open' && query !== undefined;
}

export function useOf({ method, acts, webhook }: RouteEntry): Presented['use'] {
  if (webhook !== undefined || acts === true) return 'program';
  return method === 'GET' ? 'read' : 'change';
}

/** Checks at compile time that the handler takes what the schemas read, and returns what the answers describe. */
export function route<A extends Answers, P extends z.ZodObject, Q extends z.ZodObject, B>(
  entry: Described<P, Q, B, A>,
): RouteEntry {
  return entry;
}

/** A page for people. */
export function page(meaning: string): { readonly meaning: string; readonly page: true } {
  return { meaning, page: true };
}

export function json<S extends z.ZodType>(meaning: string, schema: S): { meaning: string; schema: S } {
  return { meaning, schema };
}
