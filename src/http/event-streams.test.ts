import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Hint } from '../domain/hint.ts';
import type { ToldHint } from '../engine/changes.ts';
import { createEventStreams, type EventStreams } from './event-streams.ts';
import { ProblemError } from './problem.ts';

interface Site {
  readonly streams: EventStreams;
  readonly tell: (id: string, hint: Hint) => void;
  readonly counts: { open: number; sent: number; joined: number; listeners: number; cut: number; begun: number };
  /** Whether the right to all streams stands. */
  may: boolean;
}

const LIMITS = { streams: 3, perReader: 2, beatMs: 1_000, briefMs: 4_500 };

function site(): Site {
  const listeners = new Set<(told: ToldHint) => void>();
  const counts = { open: 0, sent: 0, joined: 0, listeners: 0, cut: 0, begun: 0 };
  const streams = createEventStreams({
    changes: {
      latest: () => 'run.0',
      since: () => ({ machines: ['i-missed'] }),
      subscribe: (listener) => {
        listeners.add(listener);
        counts.listeners = listeners.size;
        return () => {
          listeners.delete(listener);
          counts.listeners = listeners.size;
        };
      },
    },
    metrics: {
      streamsOpen: (count) => {
        counts.open = count;
      },
      hintSent: ({ outcome }) => {
        counts[outcome] += 1;
      },
    },
    limits: LIMITS,
  });
  const tell = (id: string, hint: Hint): void => {
    for (const listener of listeners) listener({ id, hint });
  };
  return { streams, tell, counts, may: true };
}

function open(here: Site, reader = 'ada', seen?: string, isBrief = false): ReadableStreamDefaultReader<Uint8Array> {
  const { body } = here.streams.open({
    reader,
    seen,
    isBrief,
    askAgain: async () => (here.may ? Promise.resolve() : Promise.reject(new ProblemError(401, 'revoked'))),
    lasting: {
      begun: () => {
        here.counts.begun += 1;
      },
      cut: () => {
        here.counts.cut += 1;
      },
    },
  });
  assert.ok(body);
  return body.getReader();
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string | undefined> {
  const { value, done } = await reader.read();
  return done ? undefined : new TextDecoder().decode(value);
}

const full = (error: unknown): boolean =>
  error instanceof ProblemError && error.problem.status === 503 && error.problem.headers?.['retry-after'] === '30';

test('there are so many streams for each reader, and so many in all; a closed one makes room', async () => {
  const here = site();
  const first = open(here, 'ada');
  open(here, 'ada');
  assert.throws(() => open(here, 'ada'), full);
  open(here, 'bob');
  assert.throws(() => open(here, 'bob'), full);
  assert.deepEqual([here.counts.open, here.counts.listeners, here.counts.begun], [3, 3, 3]);
  await first.cancel();
  assert.deepEqual([here.counts.open, here.counts.listeners], [2, 2]);
  open(here, 'cleo');
  here.streams.close();
  assert.deepEqual([here.counts.open, here.counts.listeners], [0, 0]);
  assert.throws(() => open(here, 'dan'), full);
});

test('a page that says what it has seen begins with what it has missed', async () => {
  const here = site();
  assert.match((await read(open(here, 'ada'))) ?? '', /^retry: \d{4}\n\nid: run\.0\nevent: hello\n/);
  const missed = await read(open(here, 'ada', 'run.0'));
  assert.match(missed ?? '', /id: run\.0\nevent: hint\ndata: \{"machines":\["i-missed"\]\}\n\n$/);
  here.streams.close();
});

test('a slow reader costs one event, and is cut off when it takes nothing', async (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  const here = site();
  const slow = open(here);
  for (let index = 0; index < 1_000; index += 1) here.tell(`run.${index}`, { machines: [`i-${index % 3}`] });
  assert.deepEqual([here.counts.sent, here.counts.joined], [1, 999]);
  t.mock.timers.tick(2 * LIMITS.beatMs);
  assert.equal(here.counts.open, 1);
  t.mock.timers.tick(LIMITS.beatMs);
  assert.deepEqual([here.counts.open, here.counts.listeners], [0, 0]);
  t.mock.timers.tick(1_000);
  assert.equal(here.counts.cut, 1);
  assert.match((await read(slow)) ?? '', /hello/);
  assert.equal(await read(slow), undefined, 'what it had not taken is gone');
});

test('what is not read yet is joined, and the last event names the moment', async () => {
  const here = site();
  const reader = open(here);
  here.tell('run.1', { machines: ['i-1'] });
  here.tell('run.2', { machines: ['i-2'] });
  await read(reader);
  assert.equal(await read(reader), 'id: run.2\nevent: hint\ndata: {"machines":["i-1","i-2"]}\n\n');
  here.tell('run.3', { all: true });
  assert.equal(await read(reader), 'id: run.3\nevent: hint\ndata: {"all":true}\n\n');
  here.streams.close();
});

test('a reader that waits gets each event once', async (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  const here = site();
  const reader = open(here);
  await read(reader);
  for (const id of ['run.1', 'run.2']) {
    const waiting = read(reader);
    // The stream has been asked for more by then.
    await setImmediate();
    here.tell(id, { all: true });
    assert.equal(await waiting, `id: ${id}\nevent: hint\ndata: {"all":true}\n\n`);
  }
  const waiting = read(reader);
  await setImmediate();
  t.mock.timers.tick(LIMITS.beatMs);
  assert.match((await waiting) ?? '', /event: beat/);
  here.streams.close();
  assert.equal(await read(reader), undefined);
});

test('an idle stream gets signs of life, for as long as its right stands', async (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  const here = site();
  const reader = open(here);
  await read(reader);
  for (let round = 0; round < 5; round += 1) {
    t.mock.timers.tick(LIMITS.beatMs);
    assert.equal(await read(reader), ':\nevent: beat\ndata: {}\n\n');
  }
  here.may = false;
  t.mock.timers.tick(LIMITS.beatMs);
  await read(reader);
  assert.equal(await read(reader), undefined);
  assert.equal(here.counts.open, 0);
});

test("the stream of a person of a proxy's ends after a while, since its right is known to a new request alone", async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  const here = site();
  const [brief, other] = [open(here, 'ada', undefined, true), open(here, 'bob')];
  for (let round = 0; round < 4; round += 1) {
    await Promise.all([read(brief), read(other)]);
    t.mock.timers.tick(LIMITS.beatMs);
  }
  await Promise.all([read(brief), read(other)]);
  assert.equal(here.counts.open, 2);
  t.mock.timers.tick(LIMITS.beatMs);
  assert.equal(await read(brief), undefined);
  assert.equal(here.counts.open, 1);
  here.streams.close();
});

test('where all streams are taken, the reader with most gives its oldest one to a reader with fewer', async () => {
  const here = site();
  const oldest = open(here, 'ada');
  const newer = open(here, 'ada');
  open(here, 'bob');
  await Promise.all([read(oldest), read(newer)]);
  open(here, 'cleo');
  assert.equal(await read(oldest), undefined);
  assert.equal(here.counts.open, 3);
  for (const reader of ['ada', 'bob', 'dan']) assert.throws(() => open(here, reader), full, reader);
  here.tell('run.1', { machines: [] });
  assert.match((await read(newer)) ?? '', /hint/);
  here.streams.close();
});

test('a right that was taken away ends the stream without waiting for its next sign of life', async () => {
  const here = site();
  const reader = open(here);
  await read(reader);
  here.streams.askAgain();
  here.tell('run.1', { machines: [] });
  assert.match((await read(reader)) ?? '', /"machines":\[\]/);
  here.may = false;
  here.streams.askAgain();
  assert.equal(await read(reader), undefined);
});
