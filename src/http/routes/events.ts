/** `/api/v1/events`: tells open pages that machines have changed. */
import * as z from 'zod';
import { EVENT_HEADERS } from '../event-streams.ts';
import type { HttpParts } from '../parts.ts';
import type { SenderInput } from '../route.ts';

export const eventsQuerySchema = z.object({
  since: z
    .string()
    .max(100)
    .optional()
    .describe('The id of an event: the stream begins with what has changed after it. `Last-Event-ID` takes its place.'),
});
type EventsQuery = z.output<typeof eventsQuerySchema>;

export function streamEvents(
  parts: HttpParts,
  { request, sender, remote, query, askAgain, lasting }: SenderInput<unknown, EventsQuery>,
): Response {
  if (request.method === 'HEAD') return new Response(null, { headers: EVENT_HEADERS });
  return parts.eventStreams.open({
    // Without tokens, everybody has the same name.
    reader: parts.tokens.areAsked ? sender.name : remote,
    seen: request.headers.get('last-event-id') ?? query.since,
    askAgain,
    lasting,
    isBrief: sender.isForwarded === true,
  });
}
