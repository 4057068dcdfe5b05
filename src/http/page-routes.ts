/** The routes of the pages of people who have logged in. They are a part of the table in `routes.ts`. */
import * as z from 'zod';
import { VERBS } from '../domain/intent.ts';
import type { Scope } from '../domain/scope.ts';
import { ASKS } from '../web/machines/ask.ts';
import { askQuerySchema, asks, machineParamsSchema, presses, sendAsset, showMachines } from '../web/machines/desk.ts';
import { rowsQuerySchema, showRows } from '../web/machines/rows-desk.ts';
import { machinesPageQuerySchema } from '../web/machines/query.ts';
import { page, route, type RouteEntry } from './route.ts';

const NO_MACHINE = { 404: 'There is no such machine.' } as const;

const SUMMARIES = {
  start: 'Asks how long a machine is to run.',
  keep: 'Asks how long a machine is to be kept.',
  stop: 'Asks whether a machine is to be stopped, and says what is lost.',
} as const;

/** What the buttons do, and the scope that each needs. */
const PRESSES = [
  ['start', ['start'], 'Starts the machine, as `GET /operateInstance` does.'],
  ['stop', ['stop'], 'Stops the machine, once the form has confirmed which one.'],
  ['keep', ['hold'], 'Keeps the machine running, as `POST /api/v1/holds` does.'],
  ['release', ['hold'], "Ends the person's own hold."],
  ['extend', ['start'], 'Moves the end of the lease.'],
  ['cancel', VERBS, 'Cancels an operation of the machine. Needs the scope of its verb.'],
] as const satisfies readonly (readonly [Parameters<typeof presses>[0], readonly Scope[], string])[];

export const PAGE_ROUTES: readonly RouteEntry[] = [
  route({
    method: 'GET',
    path: '/',
    summary: 'The page of all machines.',
    access: ['read'],
    forPeople: true,
    query: machinesPageQuerySchema,
    answers: {
      200: page(
        'The page. With the header `x-piece: shared`, its rows may be those that another open page got since the last hint.',
      ),
    },
    handle: showMachines,
  }),
  route({
    method: 'GET',
    path: '/machines/rows',
    summary: 'Rows of that page, as HTML.',
    access: ['read'],
    forPeople: true,
    query: rowsQuerySchema,
    answers: { 200: page('The rows of those machines that are known.') },
    handle: showRows,
  }),
  ...ASKS.map((ask) =>
    route({
      method: 'GET',
      path: `/machines/{id}/${ask}`,
      summary: SUMMARIES[ask],
      access: ['read'],
      forPeople: true,
      params: machineParamsSchema,
      query: askQuerySchema,
      answers: { 200: page('The page.'), ...NO_MACHINE },
      handle: asks(ask),
    }),
  ),
  ...PRESSES.map(([what, access, summary]) =>
    route({
      method: 'POST',
      path: `/machines/{id}/${what}`,
      summary,
      access,
      forPeople: true,
      params: machineParamsSchema,
      answers: {
        303: 'Done, or asked for. The page that it leads to says what has become of it.',
        400: page('Nothing was changed; the page says why.'),
        409: page('Nothing was changed, or too late; the page says why.'),
        413: page('Nothing was changed: the form is too large.'),
        ...NO_MACHINE,
      },
      handle: presses(what),
    }),
  ),
  route({
    method: 'GET',
    path: '/assets/{file}',
    summary: 'The styles and the scripts of the pages.',
    access: 'open',
    params: z.object({ file: z.string() }),
    answers: { 200: page('The file.'), 404: 'There is no such file.' },
    handle: sendAsset,
  }),
];
