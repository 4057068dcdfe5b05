/** The routes about what people say. They are a part of the table in `routes.ts`. */
import {
  holdBody,
  holdsAnswerSchema,
  holdsQuerySchema,
  newHoldAnswerSchema,
  releasedAnswerSchema,
  releaseParamsSchema,
  releaseQuerySchema,
} from './hold-schemas.ts';
import {
  begunPauseAnswerSchema,
  endedPauseAnswerSchema,
  pauseBody,
  pauseParamsSchema,
  pausesAnswerSchema,
} from './pause-schemas.ts';
import { json, route, type RouteEntry } from './route.ts';
import { hold, listHolds, releaseHolds } from './routes/holds.ts';
import { beginPause, endPause, listPauses } from './routes/pauses.ts';

export const VOICE_ROUTES: readonly RouteEntry[] = [
  route({
    method: 'POST',
    path: '/api/v1/holds',
    summary: 'Keeps a machine running until a time: automatic stops wait. Again, it moves the end of the same hold.',
    access: ['hold'],
    body: holdBody,
    answers: {
      201: json('The machine is held. `tooLate` names a stop that was sent before.', newHoldAnswerSchema),
      404: 'There is no such machine.',
      409: 'The name leads to no single machine.',
    },
    handle: hold,
  }),
  route({
    method: 'GET',
    path: '/api/v1/holds',
    summary: 'The holds that have not ended, by machine and holder.',
    access: ['read', 'hold'],
    query: holdsQuerySchema,
    answers: { 200: json('A page of holds.', holdsAnswerSchema) },
    handle: listHolds,
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/holds/{instance}',
    summary: "Ends the token's own hold of a machine now. Automatic stops that wait for it are checked again.",
    access: ['hold'],
    params: releaseParamsSchema,
    query: releaseQuerySchema,
    answers: { 200: json('What was released, and what still holds the machine.', releasedAnswerSchema) },
    handle: releaseHolds,
  }),
  route({
    method: 'GET',
    path: '/api/v1/pauses',
    summary: 'The pauses of automatic starts and stops that stand, oldest first.',
    access: ['read', 'hold'],
    answers: { 200: json('All of them.', pausesAnswerSchema) },
    handle: listPauses,
  }),
  route({
    method: 'POST',
    path: '/api/v1/pauses',
    summary: 'Pauses automatic starts and stops, for all machines or for those with some tags: they wait. People pass.',
    access: ['admin'],
    body: pauseBody,
    answers: {
      201: json('Paused. `tooLate` names what was sent to EC2 before.', begunPauseAnswerSchema),
      409: 'There are too many pauses.',
    },
    handle: beginPause,
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/pauses/{id}',
    summary: 'Ends a pause now. The operations that wait for it are checked again. Again, it changes nothing.',
    access: ['admin'],
    params: pauseParamsSchema,
    answers: { 200: json('It has ended.', endedPauseAnswerSchema), 404: 'There is no such pause.' },
    handle: endPause,
  }),
];
