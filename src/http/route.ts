/** What the route table says about one route. Everything else about it is derived from this. */
import type * as z from 'zod';
import type { Route } from '../domain/intent.ts';
import type { Scope } from '../domain/scope.ts';
import type { Signature } from '../store/port.ts';
import type { Sender } from './auth/sender.ts';
import type { HttpParts } from './parts.ts';
import type { Shown } from './schemas.ts';

export type Method = 'GET' | 'POST' | 'PUT';

/** One way in which a route answers. `meaning` is for people, in OpenAPI and in the reference page. */
export type Answer =
  | { readonly kind: 'json'; readonly meaning: string; readonly schema: z.ZodType }
  | { readonly kind: 'text'; readonly meaning: string; readonly example: string }
  | { readonly kind: 'problem'; readonly meaning: string };
export type Answers = Readonly<Record<number, Answer>>;

/** A body: what it looks like, and how it is read. `parse` throws a ProblemError for what it does not understand. */
export interface Body<T> {
  readonly schema: z.ZodType;
  readonly parse: (body: unknown, now: number) => T;
}

/** A request, with everything that its route's schemas describe. */
export interface Input<P = unknown, Q = unknown, B = unknown> {
  readonly request: Request;
  /** The address of the other side, for the record. */
  readonly remote: string;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

/** An input whose sender has shown a token with one of the route's scopes. */
export interface SenderInput<P = unknown, Q = unknown, B = unknown> extends Input<P, Q, B> {
  readonly sender: Sender;
}

/** An alert's way in. */
export interface WebhookInput<P = unknown, Q = unknown, B = unknown> extends SenderInput<P, Q, B> {
  readonly route: Route;
  /** Of a signed webhook: a copy of it must achieve nothing. */
  readonly signature?: Signature;
}

/** A handler gives the data of its 200, or a whole Response. */
type Given<A extends Answers> =
  | Response
  | (A extends { readonly 200: { readonly schema: infer S extends z.ZodType } } ? Shown<z.input<S>> : never);

type Handler<I, G> = {
  // A method's parameters are compared in both directions: only so do entries of different inputs fit into one table.
  handle(parts: HttpParts, input: I): G | Promise<G>;
}['handle'];

/** Who may ask, and what the handler learns of the sender. It is never called for a sender that may not. */
type Guarded<P, Q, B, G> =
  | { readonly access: 'open'; readonly handle: Handler<Input<P, Q, B>, G> }
  | { readonly access: 'scope'; readonly anyOf: readonly Scope[]; readonly handle: Handler<SenderInput<P, Q, B>, G> }
  | {
      /** As `scope`, or signed. Labels are read as this route of the domain reads them. */
      readonly access: 'webhook';
      readonly anyOf: readonly Scope[];
      readonly route: Route;
      readonly handle: Handler<WebhookInput<P, Q, B>, G>;
    };

type Described<P extends z.ZodType, Q extends z.ZodType, B, A extends Answers, G = Given<A>> = {
  readonly method: Method;
  /** As OpenAPI writes it; each `{name}` is a key of `params`. */
  readonly path: `/${string}`;
  readonly summary: string;
  /** Marks a GET that acts on machines: HEAD is refused, and so is what a browser fetches by itself. */
  readonly acts?: true;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: Body<B>;
  /** Those that come from how the route is guarded and read are added (`answersOf`). */
  readonly answers: A;
} & Guarded<z.output<P>, z.output<Q>, B, G>;

export type RouteEntry = Described<z.ZodObject, z.ZodObject, unknown, Answers, unknown>;

/** Whether a request that another web site has caused is refused: where something changes, and where only `admin` may look. */
export function isSameSiteOnly(entry: RouteEntry): boolean {
  if (entry.method !== 'GET' || entry.acts === true) return true;
  return entry.access === 'scope' && entry.anyOf.every((scope) => scope === 'admin');
}

/** Checks an entry: its handler takes what its schemas give, and gives what its answers say. */
export function route<A extends Answers, P extends z.ZodObject, Q extends z.ZodObject, B>(
  entry: Described<P, Q, B, A>,
): RouteEntry {
  return entry;
}

export function json<S extends z.ZodType>(meaning: string, schema: S): { kind: 'json'; meaning: string; schema: S } {
  return { kind: 'json', meaning, schema };
}

export function text(meaning: string, example: string): { kind: 'text'; meaning: string; example: string } {
  return { kind: 'text', meaning, example };
}

export function problem(meaning: string): { kind: 'problem'; meaning: string } {
  return { kind: 'problem', meaning };
}
