/** An alert whose labels are read otherwise when it ends than when it fired: the settings have changed between. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { workKey, type Intent } from '../../../src/domain/intent.ts';
import type { CreateDatabase } from './database.ts';
import {
  DELIVERY,
  enqueue,
  idOf,
  MINUTE,
  ORIGIN,
  record,
  request,
  resolvedOf,
  stateOf,
  T0,
  type Request,
} from './samples.ts';

/** The same episode of the same alert, read in another way. */
function readAs(wanted: Request, id: number, more: Partial<Intent>): Request {
  const intent = { ...wanted.intent, ...more };
  const { cause } = intent;
  assert.ok(cause.by === 'alert');
  const episode = `${workKey(intent)}${cause.episode?.slice(workKey(wanted.intent).length) ?? ''}`;
  return { id: idOf(id), intent: { ...intent, cause: { ...cause, episode } } };
}

export function describeReadings(create: CreateDatabase): void {
  describe('an alert that is read in several ways', () => {
    test('ends all that it has asked for, and says so, but nothing of senders with other rights', async (t) => {
      const store = await (await create(t)).open();
      const native = request(1);
      const cli = readAs(native, 2, { client: 'cli' });
      const limited = readAs(native, 3, { only: [{ team: 'ml' }] });
      for (const wanted of [native, limited, request(5, { machine: 5, episode: 'another' })])
        await enqueue(store, [wanted], T0);
      const members = [resolvedOf(cli)];
      const { receipts, cancelled } = await record(store, [{ id: DELIVERY, origin: ORIGIN, members }], T0 + MINUTE);
      assert.deepEqual(
        cancelled.map(({ after, entry }) => [after.id, entry.reason]),
        [[idOf(1), 'resolved']],
      );
      assert.equal(receipts[0]?.[0]?.operation, idOf(1));
      for (const id of [3, 5]) assert.equal(await stateOf(store, idOf(id)), 'queued');
    });
  });
}
