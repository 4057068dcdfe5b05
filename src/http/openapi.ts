/** `openapi.json`, made from the route table and the schemas that validate. */
import * as z from 'zod';
import type { Scope } from '../domain/scope.ts';
import { problem, type Answer, type Answers, type RouteEntry } from './route.ts';
import { problemSchema } from './schemas.ts';

type Json = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly schema: z.core.JSONSchema.BaseSchema;
}

/** One method of one path. */
export interface Described {
  readonly summary: string;
  readonly security: readonly Readonly<Record<string, readonly Scope[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Json;
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: Json }>>;
}

interface Document {
  readonly openapi: '3.1.0';
  readonly info: Json;
  readonly components: Json;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

export function openapi(routes: readonly RouteEntry[]): Document {
  const paths: Record<string, Record<string, Described>> = {};
  for (const entry of routes) (paths[entry.path] ??= {})[entry.method.toLowerCase()] = describe(entry);
  return {
    openapi: '3.1.0',
    info: { title: 'ec2-operator', version: '1', description: 'Starts and stops EC2 instances on alerts, safely.' },
    components: { securitySchemes: SECURITY_SCHEMES, schemas: { Problem: toJson(problemSchema, OUTPUT) } },
    paths,
  };
}

const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A token with the scope that the route needs.' },
  basic: { type: 'http', scheme: 'basic', description: 'The same token as the password; any user name.' },
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Grafana-Alerting-Signature',
    description: "Grafana's HMAC-SHA256 over the body, on the webhook routes, where `grafana_hmac` is set up.",
  },
} as const;

function describe(entry: RouteEntry): Described {
  const { summary, params, query, body } = entry;
  const parameters = [...parametersOf('path', params), ...parametersOf('query', query)];
  const answers = Object.entries(answersOf(entry)).map(([status, answer]) => [status, responseOf(answer)] as const);
  return {
    summary,
    security: securityOf(entry),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: { required: true, content: { 'application/json': { schema: toJson(body.schema, INPUT) } } },
        }),
    responses: Object.fromEntries(answers),
  };
}

/** `admin` implies the other scopes. OpenAPI 3.1 has such names of rights in this place. */
function securityOf(entry: RouteEntry): Described['security'] {
  if (entry.access === 'open') return [];
  const byToken = entry.anyOf.flatMap((scope) => [{ bearer: [scope] }, { basic: [scope] }]);
  return entry.access === 'webhook' ? [...byToken, { signature: [] }] : byToken;
}

function parametersOf(place: Parameter['in'], described: z.ZodObject | undefined): readonly Parameter[] {
  if (described === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(described, INPUT);
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: typeof schema === 'object' ? { ...schema } : {},
  }));
}

const NOT_UNDERSTOOD = { 400: problem('Not understood; `detail` says what was expected.') };
const GUARDED = {
  401: problem('The token is missing, wrong or expired.'),
  403: problem('The token lacks the required scope, or another web site caused the request.'),
  429: problem('Too many wrong tokens came from this address; `Retry-After` says when to try again.'),
  503: problem('The store is unavailable, and nothing was accepted.'),
};
const BODY = { 413: problem('The body is too large.'), 415: problem('The body is not JSON.') };

/** All answers of a route: its own, and those that come from how it is guarded and read. */
function answersOf({ access, query, body, answers }: RouteEntry): Answers {
  return {
    ...(query === undefined && body === undefined ? {} : NOT_UNDERSTOOD),
    ...(access === 'open' ? {} : GUARDED),
    ...(body === undefined ? {} : BODY),
    ...answers,
  };
}

function responseOf(answer: Answer): Described['responses'][string] {
  return { description: answer.meaning, content: contentOf(answer) };
}

function contentOf(answer: Answer): Json {
  switch (answer.kind) {
    case 'json':
      return { 'application/json': { schema: toJson(answer.schema, OUTPUT) } };
    case 'text':
      return { 'text/plain': { schema: { type: 'string' }, example: answer.example } };
    case 'problem':
      return { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  }
}

const INPUT = { io: 'input', unrepresentable: 'any' } as const;
const OUTPUT = { io: 'output', unrepresentable: 'any' } as const;

function toJson(schema: z.ZodType, direction: typeof INPUT | typeof OUTPUT): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, direction);
  return json;
}
