/** What decisions were judged by. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JudgedBy } from '../../../src/domain/circumstances.ts';
import type { Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import { change, claimAll, idOf, instanceId, request, settle, T0, take, wait, WORKER, WRITTEN } from './samples.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const JUDGED: JudgedBy = {
  circumstances: {
    machine: {
      id: instanceId(1),
      place: { region: 'eu-central-1' },
      state: 'running',
      type: 'g5.xlarge',
      availabilityZone: 'eu-central-1a',
      tags: { Name: 'gpu-1' },
      rootDevice: 'ebs',
    },
    verdicts: { held: 'allow', min_uptime: 'wait' },
  },
  launchedAt: T0 - HOUR,
  settings: 'one',
};

/** Each look finds that the operation has to wait. */
async function judge(
  store: Store,
  looks: readonly { readonly at: number; readonly judged: JudgedBy }[],
): Promise<void> {
  let before = await take(store, request(1, { machine: 1 }));
  for (const { at, judged } of looks) {
    const wanted = { ...change(before, wait(1, at + 1), at + 1), at, judged };
    assert.deepEqual(await settle(store, WORKER, [wanted]), [WRITTEN]);
    const [next] = await claimAll(store, WORKER, at + 1);
    assert.ok(next);
    before = next;
  }
}

export function describeJudgements(create: CreateDatabase): void {
  describe('what a decision was judged by', () => {
    test('is kept once, with how often and since when, and with the settings then', async (t) => {
      const store = await (await create(t)).open();
      await store.keepSettings('one', '{"retention":"30d"}', T0 - DAY);
      await store.keepSettings('one', '{"retention":"30d"}', T0 - HOUR);
      const refused = { ...JUDGED, circumstances: { ...JUDGED.circumstances, verdicts: { held: 'refuse' } } } as const;
      const others = { ...JUDGED, settings: 'two' };
      await judge(store, [
        { at: T0, judged: JUDGED },
        { at: T0 + HOUR, judged: JUDGED },
        { at: T0 + 2 * HOUR, judged: refused },
        { at: T0 + 3 * HOUR, judged: others },
        { at: T0 + 4 * HOUR, judged: JUDGED },
      ]);
      assert.deepEqual(await store.judgements(idOf(1)), [
        { ...JUDGED, firstAt: T0, lastAt: T0 + 4 * HOUR, times: 3, settingsSince: T0 - DAY },
        { ...refused, firstAt: T0 + 2 * HOUR, lastAt: T0 + 2 * HOUR, times: 1, settingsSince: T0 - DAY },
        { ...others, firstAt: T0 + 3 * HOUR, lastAt: T0 + 3 * HOUR, times: 1 },
      ]);
      assert.deepEqual(await store.judgements(idOf(2)), []);
    });

    test('is history, and the settings are kept for as long as it names them', async (t) => {
      const store = await (await create(t)).open();
      await store.keepSettings('one', '{}', T0 - DAY);
      await judge(store, [{ at: T0, judged: JUDGED }]);
      const prune = async (before: number) => {
        while ((await store.prune(0, 50, before)) > 0);
        return store.judgements(idOf(1));
      };
      assert.deepEqual(
        (await prune(T0)).map(({ settingsSince }) => settingsSince),
        [T0 - DAY],
      );
      assert.deepEqual(await prune(T0 + 1), []);
    });
  });
}
