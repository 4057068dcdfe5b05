import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html } from 'hono/html';
import type { Hint } from '../domain/hint.ts';
import type { Pause } from '../domain/voice.ts';
import { createChanges, type ToldHint } from '../engine/changes.ts';
import { createKnown } from './known.ts';
import { createLive } from './live.ts';

/** A replica that hears of the others through `hear`. */
function replica() {
  const made = { pieces: 0, pauses: 0 };
  let hear: (hint: Hint) => void = () => assert.fail('the replica does not listen');
  const changes = createChanges({
    send: async () => Promise.resolve(),
    receive: (listener) => {
      hear = listener;
      return () => undefined;
    },
    onJoined: () => undefined,
  });
  const readPauses = async (): Promise<readonly Pause[]> => {
    made.pauses += 1;
    return Promise.resolve([]);
  };
  const live = createLive({
    changes,
    metrics: { streamsOpen: () => undefined, hintSent: () => undefined },
    pauses: createKnown(readPauses, [], () => 0),
    knownActs: createKnown(async () => Promise.resolve(new Map()), new Map()),
  });
  /** As a page reads itself again. */
  const read = async (lastEvent: string | null): Promise<string> => {
    await live.catchUp(lastEvent);
    await live.pauses.read();
    return String(
      await live.sharedRows.pieces('rows', async () => {
        made.pieces += 1;
        return html`${String(made.pieces)}`;
      }),
    );
  };
  const told = async (): Promise<ToldHint> => {
    const { promise, resolve } = Promise.withResolvers<ToldHint>();
    const end = changes.subscribe(resolve);
    return promise.finally(end);
  };
  return {
    live,
    read,
    made,
    told,
    hear: (hint: Hint) => hear(hint),
    [Symbol.asyncDispose]: async () => changes[Symbol.asyncDispose](),
  };
}

test('a page that another replica has told of a change gets nothing that was made before, and others share what it gets', async () => {
  await using here = replica();
  assert.deepEqual([await here.read(null), await here.read(null)], ['1', '1']);
  assert.equal(await here.read('other.7'), '2');
  assert.deepEqual([await here.read('other.7'), await here.read(null)], ['2', '2']);
  assert.equal(here.made.pauses, 2, 'a pause may have begun there');
  assert.equal(await here.read('third.7'), '3');
});

test('invented ids have pages read anew a few times a second at most, and none gets what is too old', async () => {
  await using here = replica();
  await here.read(null);
  const telling = here.told();
  here.hear({ machines: ['i-1'] });
  const { id } = await telling;
  await here.read(id);
  assert.equal(here.made.pieces, 2);
  const invented = await Promise.all(Array.from({ length: 200 }, async (_, index) => here.read(`other.${index}`)));
  assert.equal(invented[0], '3', 'the first is read at once');
  assert.deepEqual(new Set(invented.slice(1)), new Set(['4']), 'all others wait a moment, and share');
  assert.equal(here.made.pauses, 3);
  assert.equal(await here.read(id), '4', 'they do not push out what this replica has told');
});

test('pages that this replica has told of a change share, as do those that name what is no event', async () => {
  await using here = replica();
  const telling = here.told();
  here.hear({ machines: ['i-1'] });
  const { id } = await telling;
  assert.deepEqual([await here.read(id), await here.read(id), await here.read('x'.repeat(101))], ['1', '1', '1']);
  assert.equal(here.made.pauses, 1);
});
