import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Hint } from '../domain/hint.ts';
import { createChanges, type Changes, type ToldHint } from './changes.ts';

const EVERY_MS = 1_000;
const STEP_MS = 10;
const BEGIN = Date.UTC(2026, 6, 1);

interface Site {
  readonly changes: Changes;
  readonly told: ToldHint[];
  readonly sent: Hint[];
  readonly fromOthers: (hint: Hint) => void;
  readonly joined: () => number;
  /** Lets time pass. */
  readonly pass: (ms: number) => Promise<void>;
}

/** @param send what becomes of the hints for the other replicas */
function site(t: TestContext, send: () => Promise<void> = async () => Promise.resolve()): Site {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let elapsed = 0;
  const pass = async (ms: number): Promise<void> => {
    const end = elapsed + ms;
    while (elapsed < end) {
      elapsed += STEP_MS;
      t.mock.timers.tick(STEP_MS);
      // A look that has begun goes on.
      await Promise.resolve();
      await Promise.resolve();
    }
  };
  t.mock.method(performance, 'now', () => elapsed);
  let fromOthers: (hint: Hint) => void = () => assert.fail('the hub does not listen');
  let joined = 0;
  const told: ToldHint[] = [];
  const sent: Hint[] = [];
  const changes = createChanges({
    send: async (hint) => {
      sent.push(hint);
      await send();
    },
    receive: (listener) => {
      fromOthers = listener;
      return () => {
        fromOthers = () => undefined;
      };
    },
    onJoined: () => {
      joined += 1;
    },
    everyMs: EVERY_MS,
    clock: () => BEGIN + elapsed,
  });
  changes.subscribe((one) => told.push(one));
  t.after(async () => changes[Symbol.asyncDispose]());
  return { changes, told, sent, fromOthers: (hint) => fromOthers(hint), joined: () => joined, pass };
}

const hintsOf = ({ told }: Site): readonly Hint[] => told.map(({ hint }) => hint);

test('the first change is told at once, and those of a second after it are one hint', async (t) => {
  const here = site(t);
  here.changes.changed({ machines: ['i-1'] });
  await here.pass(50);
  assert.deepEqual(hintsOf(here), [{ machines: ['i-1'] }]);
  for (const id of ['i-2', 'i-3', 'i-2']) here.changes.changed({ machines: [id] });
  await here.pass(EVERY_MS - 60);
  assert.equal(here.told.length, 1);
  await here.pass(60);
  assert.deepEqual(hintsOf(here).slice(1), [{ machines: ['i-2', 'i-3'] }]);
  assert.deepEqual(here.sent, hintsOf(here));
  assert.equal(here.joined(), 2);
});

test('one change of very many machines is about everything', async (t) => {
  const here = site(t);
  here.changes.changed({ machines: Array.from({ length: 201 }, (_, index) => `i-${index}`) });
  await here.pass(EVERY_MS);
  assert.deepEqual(hintsOf(here), [{ all: true }]);
  assert.deepEqual(here.sent, [{ all: true }]);
});

test('a hint of another replica is told here, and is not sent back', async (t) => {
  const here = site(t);
  here.fromOthers({ machines: ['i-9'] });
  await here.pass(EVERY_MS);
  assert.deepEqual(hintsOf(here), [{ machines: ['i-9'] }]);
  assert.deepEqual(here.sent, []);
});

test('a hint that could not be sent is made up for by one about everything', async (t) => {
  let isAway = true;
  const here = site(t, async () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve()));
  here.changes.changed({ machines: ['i-1'] });
  await here.pass(EVERY_MS);
  isAway = false;
  await here.pass(EVERY_MS);
  assert.deepEqual(here.sent, [{ machines: ['i-1'] }, { all: true }]);
  assert.deepEqual(hintsOf(here), [{ machines: ['i-1'] }], 'pages here have missed nothing');
});

test('the end tells the other replicas what they were not told yet, once, also after a hint that is under way', async (t) => {
  const sent = Promise.withResolvers<void>();
  const here = site(t, async () => sent.promise);
  here.changes.changed({ machines: ['i-1'] });
  await here.pass(EVERY_MS);
  here.changes.changed({ machines: ['i-2'] });
  const over = here.changes[Symbol.asyncDispose]();
  assert.deepEqual(here.sent, [{ machines: ['i-1'] }], 'a slow store gets one hint at a time');
  sent.resolve();
  await over;
  assert.deepEqual(here.sent, [{ machines: ['i-1'] }, { machines: ['i-2'] }]);
});

test('a page that comes back gets what it has missed, and all where that is not known', async (t) => {
  const here = site(t);
  const begin = here.changes.latest();
  assert.equal(here.changes.since(begin), undefined);
  for (const id of ['i-1', 'i-2']) {
    here.changes.changed({ machines: [id] });
    await here.pass(EVERY_MS);
  }
  assert.deepEqual(here.changes.since(begin), { machines: ['i-1', 'i-2'] });
  assert.deepEqual(here.changes.since(here.told[0]?.id ?? ''), { machines: ['i-2'] });
  assert.equal(here.changes.since(here.changes.latest()), undefined);
  const [run, , at] = begin.split('.');
  for (const unknown of [
    '',
    'x',
    `${run}`,
    `${run}.1`,
    `${run}.99.${at}`,
    `${run}.-1.${at}`,
    `${run}.0.5.${at}`,
    'other.1',
  ])
    assert.deepEqual(here.changes.since(unknown), { all: true }, unknown);
  for (let index = 0; index < 200; index += 1) {
    here.changes.changed({ machines: ['i-1'] });
    await here.pass(EVERY_MS);
  }
  assert.deepEqual(here.changes.since(begin), { all: true }, 'too long ago');
});

test('a page that comes from another replica gets what was told here since then, and a minute before, as far as that is known', async (t) => {
  const here = site(t);
  const elsewhere = (afterMs: number): Hint | undefined =>
    here.changes.since(`other.7.${(BEGIN + afterMs).toString(36)}`);
  for (const id of ['i-1', 'i-2', 'i-3']) {
    here.changes.changed({ machines: [id] });
    await here.pass(60_000);
  }
  assert.deepEqual(elsewhere(59_000), { all: true }, 'this replica had just begun');
  assert.deepEqual(elsewhere(90_000), { machines: ['i-2', 'i-3'] });
  assert.deepEqual(elsewhere(170_000), { machines: ['i-3'] });
  await here.pass(60_000);
  assert.equal(elsewhere(240_000), undefined);
  for (let index = 0; index < 120; index += 1) {
    here.changes.changed({ machines: ['i-4'] });
    await here.pass(EVERY_MS);
  }
  assert.deepEqual(elsewhere(180_000), { all: true }, 'too long ago');
  assert.deepEqual(elsewhere(181_000), { machines: ['i-4'] });
});

test('nothing is told after the end', async (t) => {
  const here = site(t);
  here.changes.changed({ machines: ['i-1'] });
  await here.changes[Symbol.asyncDispose]();
  here.changes.changed({ machines: ['i-2'] });
  here.fromOthers({ all: true });
  await here.pass(EVERY_MS);
  assert.deepEqual(here.told, []);
});
