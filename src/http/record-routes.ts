/** The routes of the pages of one machine, of records and of the settings. They are a part of the table in `routes.ts`. */
import { machinePageParams, machinePageQuery, showMachine, showOutlook } from '../web/machine/desk.ts';
import { showAudit } from '../web/records/audit-page.ts';
import { showNotices } from '../web/records/notices-page.ts';
import { cancelOnPage, showOneOperation } from '../web/records/operation-page.ts';
import { showOperations } from '../web/records/operations-page.ts';
import { showSettings } from '../web/records/settings-page.ts';
import { showSavingsPage } from '../web/savings/desk.ts';
import { savingsPageQuerySchema } from '../web/savings/query.ts';
import { auditPageQuerySchema } from './audit-schemas.ts';
import { noticesQuerySchema } from './notice-schemas.ts';
import { json, page, route, type RouteEntry } from './route.ts';
import { readSettings, settingsAnswerSchema } from './routes/settings.ts';
import { operationParamsSchema, operationsQuerySchema } from './schemas.ts';

const NO_MACHINE = { 404: 'Nothing is known of such a machine.' } as const;

export const RECORD_ROUTES: readonly RouteEntry[] = [
  route({
    method: 'GET',
    path: '/machines/{id}',
    summary: 'The page of a machine: its state and why, what happened, and what can be done.',
    forPeople: true,
    access: ['read'],
    params: machinePageParams,
    query: machinePageQuery,
    answers: { 200: page('The page.'), ...NO_MACHINE },
    handle: showMachine,
  }),
  route({
    method: 'GET',
    path: '/machines/{id}/outlook',
    summary: 'The verdicts of all guards if the machine fell idle now. EC2 is asked.',
    forPeople: true,
    access: ['read'],
    params: machinePageParams,
    answers: { 200: page('The page, or with the header `x-piece: part` the part of a page.'), ...NO_MACHINE },
    handle: showOutlook,
  }),
  route({
    method: 'GET',
    path: '/savings',
    summary:
      'The page of savings: what stops have saved, how often they were regretted, and how each figure is counted.',
    forPeople: true,
    access: ['read'],
    query: savingsPageQuerySchema,
    answers: { 200: page('The page.') },
    handle: showSavingsPage,
  }),
  route({
    method: 'GET',
    path: '/operations',
    summary: 'The page of all operations.',
    forPeople: true,
    access: ['read'],
    query: operationsQuerySchema,
    answers: { 200: page('The page.') },
    handle: showOperations,
  }),
  route({
    method: 'GET',
    path: '/operations/{id}',
    summary: 'The story of an operation, for people.',
    forPeople: true,
    access: ['read'],
    params: operationParamsSchema,
    answers: { 200: page('The page.'), 404: 'There is no such operation.', 409: 'A part of an id fits several.' },
    handle: showOneOperation,
  }),
  route({
    method: 'POST',
    path: '/operations/{id}/cancel',
    summary: 'The button that cancels an operation.',
    forPeople: true,
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
    forPeople: true,
    access: ['read'],
    query: noticesQuerySchema,
    answers: { 200: page('The page.') },
    handle: showNotices,
  }),
  route({
    method: 'GET',
    path: '/audit',
    summary: 'The page of the audit log.',
    forPeople: true,
    access: ['read'],
    query: auditPageQuerySchema,
    answers: { 200: page('The page.') },
    handle: showAudit,
  }),
  route({
    method: 'GET',
    path: '/settings',
    summary: 'The page of the configuration in force.',
    forPeople: true,
    access: ['read'],
    answers: { 200: page('The page.') },
    handle: showSettings,
  }),
  route({
    method: 'GET',
    path: '/api/v1/settings',
    summary: 'The configuration in force, without secrets and without what would help an attacker.',
    access: ['read'],
    answers: { 200: json('The settings.', settingsAnswerSchema) },
    handle: readSettings,
  }),
];
