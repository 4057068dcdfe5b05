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
import {
  extensionBody,
  leaseAnswerSchema,
  leaseBody,
  leaseParamsSchema,
  leasesAnswerSchema,
  leasesQuerySchema,
} from './lease-schemas.ts';
import { json, route, type RouteEntry } from './route.ts';
import { hold, listHolds, releaseHolds } from './routes/holds.ts';
import { changeLease, endLease, listLeases, makeLease } from './routes/leases.ts';
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
      404: 'There is no such machine, or none that the token may know of.',
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
    method: 'POST',
    path: '/api/v1/leases',
    summary: 'Gives a machine that runs a lease: at its end the machine is stopped. Until then automatic stops wait.',
    access: ['stop'],
    body: leaseBody,
    answers: {
      201: json('The lease. `tooLate` names a stop that was sent before.', leaseAnswerSchema),
      404: 'There is no such machine, or none that the token may know of.',
      409: 'The machine does not run, or the name leads to no single machine.',
    },
    handle: makeLease,
  }),
  route({
    method: 'GET',
    path: '/api/v1/leases',
    summary: 'The leases that have not ended, by machine.',
    access: ['read', 'start'],
    query: leasesQuerySchema,
    answers: { 200: json('A page of leases.', leasesAnswerSchema) },
    handle: listLeases,
  }),
  route({
    method: 'PATCH',
    path: '/api/v1/leases/{instance}',
    summary: 'Moves the end of a lease: `for` adds to it, `until` sets it.',
    access: ['start'],
    params: leaseParamsSchema,
    body: extensionBody,
    answers: {
      200: json('The lease. `tooLate` names a stop that was sent before.', leaseAnswerSchema),
      404: 'There is no such machine, or none that the token may know of.',
      409: 'The machine does not run or has no lease, or the name leads to no single machine.',
    },
    handle: changeLease,
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/leases/{instance}',
    summary: 'Ends a lease: the machine runs on, and alerts may stop it.',
    access: ['start'],
    params: leaseParamsSchema,
    answers: {
      200: json('The lease that was ended. `tooLate` names a stop that was sent before.', leaseAnswerSchema),
      404: 'There is no such lease, or no such machine that the token may know of.',
      409: 'The name leads to no single machine.',
    },
    handle: endLease,
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
