/**
 * All routes. Registration, authorization, the check for other web sites, the answers to other methods, OpenAPI, the
 * reference page and the tests of access are derived from this table.
 */
import * as z from 'zod';
import { VERBS, type Route } from '../domain/intent.ts';
import { auditAnswerSchema, auditQuerySchema } from './audit-schemas.ts';
import { LINK_ROUTES } from './link-routes.ts';
import { LOGIN_ROUTES } from './login-routes.ts';
import { LIVE_ROUTES } from './live-routes.ts';
import { openapi } from './openapi.ts';
import { planQuerySchema, plansAnswerSchema } from './plan-schemas.ts';
import { json, route, type RouteEntry } from './route.ts';
import { readAudit } from './routes/audit.ts';
import { healthz, ping, readyz } from './routes/health.ts';
import { readMetrics } from './routes/metrics.ts';
import { operate } from './routes/operate.ts';
import { cancelOperation, listOperations, readOperation } from './routes/operations.ts';
import { plan, planBody } from './routes/plan.ts';
import { takeSlackCommand, takeSlackPress } from './routes/slack.ts';
import { summarizeDryRuns } from './routes/summary.ts';
import { createToken, listTokens, revokeToken } from './routes/tokens.ts';
import { receiveWebhook, webhookBody } from './routes/webhook.ts';
import {
  operateHostnameQuerySchema,
  operateInstanceQuerySchema,
  operationAnswerSchema,
  operationParamsSchema,
  operationQuerySchema,
  operationsAnswerSchema,
  operationsQuerySchema,
  receiptsSchema,
} from './schemas.ts';
import { summaryAnswerSchema, summaryQuerySchema } from './summary-schemas.ts';
import {
  newTokenAnswerSchema,
  newTokenBody,
  revokedAnswerSchema,
  revokeParamsSchema,
  revokeQuerySchema,
  tokensAnswerSchema,
} from './token-schemas.ts';
import { MACHINE_ROUTES } from './machine-routes.ts';
import { NOTICE_ROUTES } from './notice-routes.ts';
import { PAGE_ROUTES } from './page-routes.ts';
import { RECORD_ROUTES } from './record-routes.ts';
import { REPLAY_ROUTES } from './replay-routes.ts';
import { SAVINGS_ROUTES } from './savings-routes.ts';
import { VOICE_ROUTES } from './voice-routes.ts';

const OPERATE = {
  method: 'GET',
  summary: 'Starts or stops one machine, and waits until EC2 has accepted it.',
  acts: true,
  answers: {
    200: json('EC2 has accepted the call, or the machine was in that state already.', operationAnswerSchema),
    202: json('Accepted, and not begun yet: the operation goes on.', operationAnswerSchema),
    404: json('There is no such machine, or none that the token may know of.', operationAnswerSchema),
    409: json('Refused or cancelled; the operation says why.', operationAnswerSchema),
    502: json('Failed, mostly because AWS refused it; the operation says why.', operationAnswerSchema),
  },
} as const;

const SIGNED_BY_SLACK = {
  200: { meaning: 'Taken. The person is answered in Slack.', example: '' },
  401: 'The signature is missing, wrong, or more than five minutes off.',
  404: 'No channel takes signed requests of Slack.',
  413: 'The body is too large.',
  429: 'Too many wrong signatures came from this address; `Retry-After` says when to try again.',
};

export const ROUTES: readonly RouteEntry[] = [
  route({
    method: 'GET',
    path: '/ping',
    summary: 'Whether the process is up.',
    access: 'open',
    answers: { 200: { meaning: 'It is up.', example: 'pong' } },
    handle: ping,
  }),
  route({
    method: 'GET',
    path: '/healthz',
    summary: 'Liveness.',
    access: 'open',
    answers: { 200: { meaning: 'The process answers.', example: 'ok' } },
    handle: healthz,
  }),
  route({
    method: 'GET',
    path: '/readyz',
    summary: 'Readiness: store and worker.',
    access: 'open',
    answers: {
      200: { meaning: 'What is accepted now is stored, and will be worked on.', example: 'ok' },
      503: 'The store is unavailable.',
    },
    handle: readyz,
  }),
  route({
    ...OPERATE,
    access: VERBS,
    path: '/operateInstance',
    query: operateInstanceQuerySchema,
    handle: async (parts, input) => operate(parts, input, 'instance', input.query.instance),
  }),
  ...webhooks('instance', 'an instance id, from the label `instance_id`, else `instance`'),
  route({
    ...OPERATE,
    access: VERBS,
    path: '/operateHostname',
    query: operateHostnameQuerySchema,
    handle: async (parts, input) => operate(parts, input, 'hostname', input.query.hostname),
  }),
  ...webhooks('hostname', 'a host name or address, from the label `hostname`'),
  route({
    method: 'GET',
    path: '/api/v1/operations',
    summary: 'Operations, newest first. Without the scope `read`, those that the token has asked for.',
    access: ['read', ...VERBS],
    query: operationsQuerySchema,
    answers: { 200: json('A page of operations.', operationsAnswerSchema) },
    handle: listOperations,
  }),
  route({
    method: 'GET',
    path: '/api/v1/operations/summary',
    summary: 'What alerts would have stopped, by machine and rule: the dry runs of stops, summed up.',
    access: ['read'],
    query: summaryQuerySchema,
    answers: { 200: json('The sum.', summaryAnswerSchema) },
    handle: summarizeDryRuns,
  }),
  route({
    method: 'GET',
    path: '/api/v1/operations/{id}',
    summary: 'One operation with its trail. Without the scope `read`, one that the token has asked for.',
    access: ['read', ...VERBS],
    params: operationParamsSchema,
    query: operationQuerySchema,
    answers: {
      200: json('The operation, as it is after the wait.', operationAnswerSchema),
      404: 'There is no such operation, or none that the token may see.',
      409: 'The part of an id fits several operations.',
    },
    handle: readOperation,
  }),
  route({
    method: 'POST',
    path: '/api/v1/operations/{id}/cancel',
    summary: 'Cancels an operation whose call was not sent to EC2 yet. Needs the scope of its verb.',
    access: VERBS,
    params: operationParamsSchema,
    answers: {
      200: json('Cancelled.', operationAnswerSchema),
      404: 'There is no such operation, or none that the token may know of.',
      409: 'The call was sent already (`operation`, `sentAt`), the operation has ended, or the part of an id fits several operations.',
    },
    handle: cancelOperation,
  }),
  route({
    method: 'POST',
    path: '/api/v1/plan',
    summary: 'What a webhook body would lead to now. Nothing is recorded, and nothing is changed.',
    access: ['read'],
    query: planQuerySchema,
    body: planBody,
    answers: { 200: json('One plan for each alert.', plansAnswerSchema) },
    handle: plan,
  }),
  ...MACHINE_ROUTES,
  ...SAVINGS_ROUTES,
  ...REPLAY_ROUTES,
  ...VOICE_ROUTES,
  ...NOTICE_ROUTES,
  ...LINK_ROUTES,
  ...LOGIN_ROUTES,
  ...PAGE_ROUTES,
  ...LIVE_ROUTES,
  ...RECORD_ROUTES,
  route({
    method: 'POST',
    path: '/slack/interactive',
    summary:
      "A press of a button in Slack. Slack's signature (`X-Slack-Signature`, version 0) takes the place of a token.",
    access: 'open',
    answers: SIGNED_BY_SLACK,
    handle: takeSlackPress,
  }),
  route({
    method: 'POST',
    path: '/slack/command',
    summary: 'The command `/ec2` in Slack, signed in the same way.',
    access: 'open',
    answers: SIGNED_BY_SLACK,
    handle: takeSlackCommand,
  }),
  route({
    method: 'GET',
    path: '/api/v1/audit',
    summary: 'Who has asked for what, what was answered, and what was done: newest first.',
    access: ['read'],
    query: auditQuerySchema,
    answers: {
      200: json('A page of entries.', auditAnswerSchema),
      404: 'The part of an id fits no operation.',
      409: 'The part of an id fits several operations, or the name several machines.',
    },
    handle: readAudit,
  }),
  route({
    method: 'GET',
    path: '/api/v1/tokens',
    summary: 'All tokens, without their texts.',
    access: ['admin'],
    answers: { 200: json('All tokens.', tokensAnswerSchema) },
    handle: listTokens,
  }),
  route({
    method: 'POST',
    path: '/api/v1/tokens',
    summary: 'Makes a token.',
    access: ['admin'],
    body: newTokenBody,
    answers: {
      201: json('Made. The answer holds its text, which is not shown again.', newTokenAnswerSchema),
      409: 'The name is taken, or `AUTH=none` is set.',
    },
    handle: createToken,
  }),
  route({
    method: 'POST',
    path: '/api/v1/tokens/{name}/revoke',
    summary: 'Revokes a token, and says how many operations are open under it.',
    access: ['admin'],
    params: revokeParamsSchema,
    query: revokeQuerySchema,
    answers: {
      200: json('Revoked.', revokedAnswerSchema),
      404: 'No token of this name can be revoked.',
      409: 'The token stands in the configuration.',
    },
    handle: revokeToken,
  }),
  route({
    method: 'GET',
    path: '/metrics',
    summary: "Prometheus' text format.",
    access: ['read'],
    answers: { 200: { meaning: 'The metrics.', example: 'metrics' } },
    handle: readMetrics,
  }),
  route({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document.',
    access: ['read'],
    answers: { 200: json('OpenAPI 3.1.', z.looseObject({})) },
    handle: () => Response.json((document ??= openapi(ROUTES))),
  }),
];

/** The paths that webhooks, and people, ask for operations on. */
export const WEBHOOK_PATHS: ReadonlySet<string> = new Set(
  ROUTES.filter(({ webhook }) => webhook !== undefined).map(({ path }) => path),
);

/** Made on the first request for it. */
let document: ReturnType<typeof openapi> | undefined;

/** The two webhook routes of one path. @param naming how an alert names its machine */
function webhooks(webhook: Route, naming: string): readonly RouteEntry[] {
  return (['POST', 'PUT'] as const).map((method) =>
    route({
      method,
      path: webhook === 'instance' ? '/operateInstance' : '/operateHostname',
      summary: `A webhook of Alertmanager or Grafana. Each alert names its machine by ${naming}.`,
      access: VERBS,
      webhook,
      body: webhookBody,
      answers: { 200: json('One receipt for each alert.', receiptsSchema) },
      handle: receiveWebhook,
    }),
  );
}
