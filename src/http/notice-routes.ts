/** The routes about telling people. They are a part of the table in `routes.ts`. */
import { digestAnswerSchema } from './digest-schemas.ts';
import { noticesAnswerSchema, noticesQuerySchema, testAnswerSchema, testBody } from './notice-schemas.ts';
import { json, route, type RouteEntry } from './route.ts';
import { previewDigest } from './routes/digest.ts';
import { listNotices, testChannel } from './routes/notices.ts';

export const NOTICE_ROUTES: readonly RouteEntry[] = [
  route({
    method: 'GET',
    path: '/api/v1/notices',
    summary: 'What people were told, or are to be told, and what became of it. Newest first.',
    access: ['read'],
    query: noticesQuerySchema,
    answers: { 200: json('A page of notices.', noticesAnswerSchema) },
    handle: listNotices,
  }),
  route({
    method: 'GET',
    path: '/api/v1/digest',
    summary: 'What the weekly digest would say now, and to whom. Nothing is sent.',
    access: ['read'],
    answers: { 200: json('The messages.', digestAnswerSchema) },
    handle: previewDigest,
  }),
  route({
    method: 'POST',
    path: '/api/v1/notices/test',
    summary: 'Sends a test to a channel, and waits for its outcome.',
    access: ['admin'],
    body: testBody,
    answers: {
      200: json(
        'The test was written, and is sent like any notice; its state says what became of it.',
        testAnswerSchema,
      ),
      404: 'There is no such channel.',
    },
    handle: testChannel,
  }),
];
