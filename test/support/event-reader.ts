/** Reads server-sent events one by one, as a browser does, without its reconnection. */
import assert from 'node:assert/strict';
import * as z from 'zod';

export interface SentEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Hinted;
}

const hintedSchema = z.union([
  z.strictObject({ machines: z.array(z.string()) }),
  z.strictObject({ all: z.literal(true) }),
  z.strictObject({}),
]);
type Hinted = z.output<typeof hintedSchema>;

export interface EventReader extends AsyncDisposable {
  readonly response: Response;
  /** Rejects when the stream ends instead. */
  readonly next: () => Promise<SentEvent>;
  /** Skips events until one satisfies the test. */
  readonly until: (isIt: (event: SentEvent) => boolean) => Promise<SentEvent>;
  /** Resolves when the server has ended the stream. */
  readonly ended: () => Promise<void>;
}

export async function readEvents(url: string, headers: Readonly<Record<string, string>> = {}): Promise<EventReader> {
  const leaving = new AbortController();
  const response = await fetch(url, { headers, signal: leaving.signal });
  assert.equal(response.status, 200, response.status === 200 ? '' : await response.text());
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.ok(reader);
  let text = '';
  const block = async (): Promise<string | undefined> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const found = text.slice(0, end);
        text = text.slice(end + 2);
        return found;
      }
      const { done, value } = await reader.read();
      if (done) return undefined;
      text += value;
    }
  };
  const nextOrEnd = async (): Promise<SentEvent | undefined> => {
    for (;;) {
      const found = await block();
      if (found === undefined) return undefined;
      const fields = new Map(found.split('\n').map((line) => [line.split(': ')[0] ?? '', line.split(': ')[1] ?? '']));
      const data = fields.get('data');
      // Comments and `retry` are no events.
      if (data === undefined) continue;
      return {
        id: fields.get('id') ?? '',
        event: fields.get('event') ?? 'message',
        data: hintedSchema.parse(JSON.parse(data)),
      };
    }
  };
  const next: EventReader['next'] = async () => {
    const event = await nextOrEnd();
    assert.ok(event, 'the stream has ended');
    return event;
  };
  return {
    response,
    next,
    until: async (isIt) => {
      for (;;) {
        const event = await next();
        if (isIt(event)) return event;
      }
    },
    ended: async () => {
      while ((await nextOrEnd()) !== undefined);
    },
    [Symbol.asyncDispose]: async () => {
      leaving.abort();
      await reader.cancel().catch(() => undefined);
    },
  };
}

/** Whether it is about this machine, by its name or among all. */
export function concerns(machine: string): (event: SentEvent) => boolean {
  return (event) => 'all' in event.data || names(machine)(event);
}

export function names(machine: string): (event: SentEvent) => boolean {
  return ({ data }) => 'machines' in data && data.machines.includes(machine);
}
