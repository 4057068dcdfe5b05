/** `openapi.json`, made from the schemas that validate. */
import * as z from 'zod';
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

type Json = Readonly<Record<string, unknown>>;

export function openapi(): Json {
  return {
    openapi: '3.1.0',
    info: { title: 'ec2-operator', version: '1', description: 'Starts and stops EC2 instances on alerts, safely.' },
    security: [{ bearer: [] }, { basic: [] }],
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' }, basic: { type: 'http', scheme: 'basic' } },
    },
    paths: {
      '/ping': { get: { summary: 'Whether the process is up.', security: [], responses: text('pong') } },
      '/healthz': { get: { summary: 'Liveness.', security: [], responses: text('ok') } },
      '/readyz': { get: { summary: 'Readiness: store and worker.', security: [], responses: text('ok') } },
      '/operateInstance': operateRoute('instance', 'an instance id, from the label `instance_id`, else `instance`'),
      '/operateHostname': operateRoute('hostname', 'a host name or address, from the label `hostname`'),
      '/api/v1/operations': {
        get: {
          summary: 'Operations, newest first.',
          parameters: parameters(operationsQuerySchema),
          responses: answers({ 200: operationsAnswerSchema }),
        },
      },
      '/api/v1/operations/{id}': {
        get: {
          summary: 'One operation with its trail.',
          parameters: [...parameters(operationParamsSchema, 'path'), ...parameters(operationQuerySchema)],
          responses: answers({ 200: operationAnswerSchema, 404: problemSchema }),
        },
      },
      '/api/v1/operations/{id}/cancel': {
        post: {
          summary: 'Cancels an operation that is queued or waiting.',
          parameters: parameters(operationParamsSchema, 'path'),
          responses: answers({ 200: operationAnswerSchema, 404: problemSchema, 409: problemSchema }),
        },
      },
      '/metrics': { get: { summary: "Prometheus' text format.", responses: text('metrics') } },
      '/openapi.json': { get: { summary: 'This document.', responses: { 200: { description: 'OpenAPI' } } } },
    },
  };
}

function operateRoute(parameter: string, target: string): Json {
  const webhook = {
    summary: `A webhook of Alertmanager or Grafana. Each alert names its machine by ${target}.`,
    requestBody: {
      required: true,
      content: { 'application/json': { schema: { type: 'object', required: ['alerts'] } } },
    },
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
      summary: 'Starts or stops one machine, and waits until EC2 has accepted it.',
      parameters: [
        { name: parameter, in: 'query', required: true, schema: { type: 'string' } },
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
  200: 'Done, or under way.',
  202: 'Accepted, and not begun yet.',
  400: 'Not understood.',
  404: 'No such thing.',
  409: 'Refused.',
  413: 'Too large.',
  415: 'Not JSON.',
  502: 'AWS said no.',
  503: 'The store is away; nothing was accepted.',
};

function answers(schemas: Readonly<Record<number, z.ZodType>>): Json {
  return Object.fromEntries(
    Object.entries(schemas).map(([status, schema]) => {
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
