/** The routes of the pages of people who have logged in. They are a part of the table in `routes.ts`. */
import * as z from 'zod';
import { sendAsset, showMachines } from '../web/machines/desk.ts';
import { page, route, type RouteEntry } from './route.ts';

export const PAGE_ROUTES: readonly RouteEntry[] = [
  route({
    method: 'GET',
    path: '/',
    summary: 'The page of all machines.',
    access: ['read'],
    forPeople: true,
    answers: { 200: page('The page.') },
    handle: showMachines,
  }),
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
