/** `openapi.json`, made from the route table and the schemas that validate. */
import * as z from 'zod';
import { refusesUnknown, type Answers, type RouteEntry } from './route.ts';
import { problemSchema } from './schemas.ts';

type Json = Readonly<Record<string, unknown>>;
/** A method of a path. */
export type Described = ReturnType<typeof describe>;
export type Parameter = ReturnType<typeof parametersOf>[number];

interface Document extends Json {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

export function openapi(routes: readonly RouteEntry[]): Document {
  const paths: Record<string, Record<string, Described>> = {};
  for (const entry of routes) (paths[entry.path] ??= {})[entry.method.toLowerCase()] = describe(entry);
  return {
    openapi: '3.1.0',
    info: { title: 'ec2-operator', version: '1', description: 'Starts and stops EC2 instances on alerts, safely.' },
    components: { securitySchemes: SECURITY_SCHEMES, schemas: { Problem: toJson(problemSchema, 'output') } },
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

function describe(entry: RouteEntry) {
  const { summary, params, query, body } = entry;
  const parameters = [...parametersOf('path', params), ...parametersOf('query', query)];
  const content = body && { 'application/json': { schema: toJson(body.schema, 'input') } };
  const answers = Object.entries(answersOf(entry)).map(([status, answer]) => [status, responseOf(answer)] as const);
  return {
    summary,
    security: securityOf(entry),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(content === undefined ? {} : { requestBody: { required: true, content } }),
    responses: Object.fromEntries(answers),
  };
}

/** Since 3.1, OpenAPI lists required scopes for bearer and basic authentication too. `admin` implies the other scopes. */
function securityOf({ access, webhook }: RouteEntry): readonly Readonly<Record<string, readonly string[]>>[] {
  if (access === 'open' || access === 'link') return [];
  const byToken = access.flatMap((scope) => [{ bearer: [scope] }, { basic: [scope] }]);
  return webhook === undefined ? byToken : [...byToken, { signature: [] }];
}

function parametersOf(place: 'path' | 'query', described: z.ZodObject | undefined) {
  if (described === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(described, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: typeof schema === 'object' ? { ...schema } : {},
  }));
}

const NOT_UNDERSTOOD = { 400: 'Not understood; `detail` says what was expected.' };
const GUARDED = {
  401: 'The token is missing, wrong or expired.',
  403: 'The token lacks the required scope, or another web site caused the request.',
  429: 'Too many wrong tokens came from this address; `Retry-After` says when to try again.',
  503: 'The store is unavailable, and nothing was accepted.',
};
const BODY = { 413: 'The body is too large.', 415: 'The body is not JSON.' };

/** All answers of a route: its own, and those that follow from its access, query and body. */
function answersOf(entry: RouteEntry): Answers {
  const { access, query, body, answers } = entry;
  return {
    ...(query === undefined && body === undefined && !refusesUnknown(entry) ? {} : NOT_UNDERSTOOD),
    ...(access === 'open' || access === 'link' ? {} : GUARDED),
    ...(body === undefined ? {} : BODY),
    ...answers,
  };
}

const PROBLEM = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

function responseOf(answer: Answers[number]): { readonly description: string; readonly content: Json } {
  if (typeof answer === 'string') return { description: answer, content: PROBLEM };
  const { meaning: description } = answer;
  if ('schema' in answer)
    return { description, content: { 'application/json': { schema: toJson(answer.schema, 'output') } } };
  if ('page' in answer) return { description, content: { 'text/html': { schema: { type: 'string' } } } };
  return {
    description,
    content: { [answer.type ?? 'text/plain']: { schema: { type: 'string' }, example: answer.example } },
  };
}

function toJson(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return json;
}
