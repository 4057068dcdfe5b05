/** The routes of the pages of records: operations, notices, audit. They are a part of the table in `routes.ts`. */
import { showAudit } from '../web/records/audit-page.ts';
import { showNotices } from '../web/records/notices-page.ts';
import { cancelOnPage, showOneOperation } from '../web/records/operation-page.ts';
import { showOperations } from '../web/records/operations-page.ts';
import { auditPageQuerySchema } from './audit-schemas.ts';
import { noticesQuerySchema } from './notice-schemas.ts';
import { page, route, type RouteEntry } from './route.ts';
import { operationParamsSchema, operationsQuerySchema } from './schemas.ts';

export const RECORD_ROUTES: readonly RouteEntry[] = [
  route({
    method: 'GET',
    path: '/operations',
    summary: 'The page of all operations.',
    access: ['read'],
    query: operationsQuerySchema,
    answers: { 200: page('The page.') },
    handle: showOperations,
  }),
  route({
    method: 'GET',
    path: '/operations/{id}',
    summary: 'The story of an operation, for people.',
    access: ['read'],
    params: operationParamsSchema,
    answers: { 200: page('The page.'), 404: 'There is no such operation.', 409: 'A part of an id fits several.' },
    handle: showOneOperation,
  }),
  route({
    method: 'POST',
    path: '/operations/{id}/cancel',
    summary: 'The button that cancels an operation.',
    access: ['start', 'stop'],
    params: operationParamsSchema,
    answers: {
      303: 'It is cancelled; back to its page.',
      404: 'There is no such operation.',
      409: 'It cannot be cancelled any more.',
    },
    handle: cancelOnPage,
  }),
  route({
    method: 'GET',
    path: '/notices',
    summary: 'The page of all notices.',
    access: ['read'],
    query: noticesQuerySchema,
    answers: { 200: page('The page.') },
    handle: showNotices,
  }),
  route({
    method: 'GET',
    path: '/audit',
    summary: 'The page of the audit log.',
    access: ['read'],
    query: auditPageQuerySchema,
    answers: { 200: page('The page.') },
    handle: showAudit,
  }),
];
