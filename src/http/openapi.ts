/** `openapi.json`, made from the schemas that validate. */
import * as z from 'zod';
import { VERBS } from '../domain/intent.ts';
import type { Scope } from '../domain/scope.ts';
import { auditAnswerSchema, auditQuerySchema } from './audit-schemas.ts';
import { planQuerySchema, plansAnswerSchema } from './plan-schemas.ts';
import {
  operateQuerySchema,
  operationAnswerSchema,
  operationParamsSchema,
  operationQuerySchema,
  operationsAnswerSchema,
  operationsQuerySchema,
  problemSchema,
  receiptsSchema,
} from './schemas.ts';
import {
  newTokenAnswerSchema,
  newTokenSchema,
  revokedAnswerSchema,
  revokeQuerySchema,
  tokensAnswerSchema,
} from './token-schemas.ts';

type Json = Readonly<Record<string, unknown>>;

export function openapi(): Json {
  return {
    openapi: '3.1.0',
    info: { title: 'ec2-operator', version: '1', description: 'Starts and stops EC2 instances on alerts, safely.' },
    components: { securitySchemes: SECURITY_SCHEMES },
    paths: {
      '/ping': { get: { summary: 'Whether the process is up.', security: [], responses: text('pong') } },
      '/healthz': { get: { summary: 'Liveness.', security: [], responses: text('ok') } },
      '/readyz': { get: { summary: 'Readiness: store and worker.', security: [], responses: text('ok') } },
      '/operateInstance': operateRoute('instance', 'an instance id, from the label `instance_id`, else `instance`'),
      '/operateHostname': operateRoute('hostname', 'a host name or address, from the label `hostname`'),
      '/api/v1/operations': {
        get: {
          ...needs('read', ...VERBS),
          summary: 'Operations, newest first. Without the scope `read`, those that the token has asked for.',
          parameters: parameters(operationsQuerySchema),
          responses: answers({ 200: operationsAnswerSchema }),
        },
      },
      '/api/v1/operations/{id}': {
        get: {
          ...needs('read', ...VERBS),
          summary: 'One operation with its trail. Without the scope `read`, one that the token has asked for.',
          parameters: [...parameters(operationParamsSchema, 'path'), ...parameters(operationQuerySchema)],
          responses: answers({ 200: operationAnswerSchema, 404: problemSchema }),
        },
      },
      '/api/v1/operations/{id}/cancel': {
        post: {
          ...needs('start', 'stop'),
          summary: 'Cancels an operation that is queued or waiting. Needs the scope of its verb.',
          parameters: parameters(operationParamsSchema, 'path'),
          responses: answers({ 200: operationAnswerSchema, 404: problemSchema, 409: problemSchema }),
        },
      },
      '/api/v1/plan': {
        post: {
          ...needs('read'),
          summary: 'What a webhook body would lead to now. Nothing is recorded, and nothing is changed.',
          parameters: parameters(planQuerySchema),
          requestBody: WEBHOOK_BODY,
          responses: answers({ 200: plansAnswerSchema, 413: problemSchema }),
        },
      },
      '/api/v1/audit': {
        get: {
          ...needs('read'),
          summary: 'Who has asked for what, what was answered, and what was done: newest first.',
          parameters: parameters(auditQuerySchema),
          responses: answers({ 200: auditAnswerSchema }),
        },
      },
      ...tokenRoutes(),
      '/metrics': {
        get: {
          ...needs('read'),
          summary: "Prometheus' text format.",
          responses: { ...text('metrics'), ...answers({}) },
        },
      },
      '/openapi.json': {
        get: {
          ...needs('read'),
          summary: 'This document.',
          responses: { 200: { description: 'OpenAPI' }, ...answers({}) },
        },
      },
    },
  };
}

const WEBHOOK_BODY = {
  required: true,
  content: { 'application/json': { schema: { type: 'object', required: ['alerts'] } } },
};

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

/** A token with one of these scopes; `admin` implies the others. OpenAPI 3.1 has such names of rights in this place. */
function needs(...anyOf: readonly Scope[]): { readonly security: readonly Json[] } {
  return { security: anyOf.flatMap((scope) => [{ bearer: [scope] }, { basic: [scope] }]) };
}

function tokenRoutes(): Json {
  const name = { name: 'name', in: 'path', required: true, schema: { type: 'string' } };
  return {
    '/api/v1/tokens': {
      get: {
        ...needs('admin'),
        summary: 'All tokens, without their texts.',
        responses: answers({ 200: tokensAnswerSchema }),
      },
      post: {
        ...needs('admin'),
        summary: 'Makes a token.',
        requestBody: {
          required: true,
          content: { 'application/json': { schema: toJson(newTokenSchema, 'input') } },
        },
        responses: answers({ 201: newTokenAnswerSchema, 400: problemSchema, 409: problemSchema }),
      },
    },
    '/api/v1/tokens/{name}/revoke': {
      post: {
        ...needs('admin'),
        summary: 'Revokes a token, and says how many operations are open under it.',
        parameters: [name, ...parameters(revokeQuerySchema)],
        responses: answers({ 200: revokedAnswerSchema, 404: problemSchema, 409: problemSchema }),
      },
    },
  };
}

const MACHINE = {
  instance: 'The instance id of the machine.',
  hostname: 'The machine: a host name, an address, an instance id, or its tag `Name` where it alone has it.',
} as const;

function operateRoute(parameter: keyof typeof MACHINE, target: string): Json {
  const webhook = {
    security: [...needs('start', 'stop').security, { signature: [] }],
    summary: `A webhook of Alertmanager or Grafana. Each alert names its machine by ${target}.`,
    requestBody: WEBHOOK_BODY,
    responses: answers({
      200: receiptsSchema,
      400: problemSchema,
      413: problemSchema,
      415: problemSchema,
      503: problemSchema,
    }),
  };
  return {
    get: {
      ...needs('start', 'stop'),
      summary: 'Starts or stops one machine, and waits until EC2 has accepted it.',
      parameters: [
        { name: parameter, in: 'query', required: true, schema: { type: 'string', description: MACHINE[parameter] } },
        ...parameters(operateQuerySchema),
      ],
      responses: answers({
        200: operationAnswerSchema,
        202: operationAnswerSchema,
        400: problemSchema,
        404: operationAnswerSchema,
        409: operationAnswerSchema,
        502: operationAnswerSchema,
        503: problemSchema,
      }),
    },
    post: webhook,
    put: webhook,
  };
}

function parameters(schema: z.ZodObject, place: 'query' | 'path' = 'query'): readonly Json[] {
  const members: Readonly<Record<string, z.core.$ZodType>> = schema.shape;
  return Object.entries(members).map(([name, member]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: toJson(member, 'input'),
  }));
}

const MEANINGS: Readonly<Record<number, string>> = {
  200: 'Understood; the body says what came of it.',
  202: 'Accepted, and not begun yet.',
  201: 'Made.',
  400: 'Not understood.',
  401: 'No token, or a wrong one.',
  403: 'The token has not the scope for it, or another web site has caused the request.',
  404: 'No such thing.',
  409: 'Refused.',
  413: 'Too large.',
  415: 'Not JSON.',
  429: 'Too many wrong tokens from this address; Retry-After says when to try again.',
  502: 'AWS said no.',
  503: 'The store is away; nothing was accepted.',
};

/** Of a route that asks for a token. */
function answers(schemas: Readonly<Record<number, z.ZodType>>): Json {
  const doors = { 401: problemSchema, 403: problemSchema, 429: problemSchema };
  return Object.fromEntries(
    Object.entries({ ...schemas, ...doors }).map(([status, schema]) => {
      const type = schema === problemSchema ? 'application/problem+json' : 'application/json';
      return [
        status,
        { description: MEANINGS[Number(status)] ?? '', content: { [type]: { schema: toJson(schema, 'output') } } },
      ];
    }),
  );
}

function text(example: string): Json {
  return { 200: { description: 'OK', content: { 'text/plain': { schema: { type: 'string' }, example } } } };
}

function toJson(schema: z.core.$ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return json;
}
