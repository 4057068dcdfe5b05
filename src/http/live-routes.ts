/** The route by which pages stay up to date. It is a part of the table in `routes.ts`. */
import { route, type RouteEntry } from './route.ts';
import { eventsQuerySchema, streamEvents } from './routes/events.ts';

const EXAMPLE = `id: kVfJ2q1x.17
event: hint
data: {"machines":["i-0123456789abcdef0"]}

`;

export const LIVE_ROUTES: readonly RouteEntry[] = [
  route({
    method: 'GET',
    path: '/api/v1/events',
    summary:
      'Says at once which machines have changed, in one operation or another, and never what: a hint to read them again.',
    access: ['read'],
    forPeople: true,
    query: eventsQuerySchema,
    answers: {
      200: {
        meaning:
          'Server-sent events, at most one a second. `hello` comes first, and `beat` every 15 s. `hint` names machines, or is `{"all": true}` where they are many or not known. The stream ends with the right to it.',
        example: EXAMPLE,
        type: 'text/event-stream',
      },
      503: 'There are too many streams; `Retry-After` says when to try again.',
    },
    handle: streamEvents,
  }),
];
