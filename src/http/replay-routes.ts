/** The route that replays the recorded history. It is a part of the table in `routes.ts`. */
import { replayAnswerSchema, replayBody } from './replay-schemas.ts';
import { json, route, type RouteEntry } from './route.ts';
import { replayHistory } from './routes/replay.ts';

export const REPLAY_ROUTES: readonly RouteEntry[] = [
  route({
    method: 'POST',
    path: '/api/v1/replay',
    summary: 'What other rules and guards would have done in the last days, beside what happened. Nothing is changed.',
    access: ['read'],
    body: replayBody,
    answers: {
      200: json('The figures, and what history cannot tell.', replayAnswerSchema),
      429: 'A replay of the same sender is under way, or too many of others are.',
    },
    handle: replayHistory,
  }),
];
