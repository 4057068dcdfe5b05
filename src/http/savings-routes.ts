/** The routes about savings. They are a part of the table in `routes.ts`. */
import { json, route, type RouteEntry } from './route.ts';
import { downloadSavings, showSavings } from './routes/savings.ts';
import { savingsAnswerSchema, savingsQuerySchema } from './savings-schemas.ts';

const EXAMPLE = `rule,name,owner,type,stops,saved_hours,saved_hours_without_price,usd_at_price,usd_off_bill,…
UnusedGPU,,,,12,96.5,0,97.08,97.08,…
`;

export const SAVINGS_ROUTES: readonly RouteEntry[] = [
  route({
    method: 'GET',
    path: '/api/v1/savings',
    summary: 'What stops have saved, how often they were regretted, and how each figure is counted.',
    access: ['read'],
    query: savingsQuerySchema,
    answers: { 200: json('The figures.', savingsAnswerSchema) },
    handle: showSavings,
  }),
  route({
    method: 'GET',
    path: '/api/v1/savings.csv',
    summary: 'The rows of the same figures as a file for a spreadsheet.',
    access: ['read'],
    query: savingsQuerySchema,
    answers: { 200: { meaning: 'Comma-separated values.', example: EXAMPLE, type: 'text/csv' } },
    handle: downloadSavings,
  }),
];
