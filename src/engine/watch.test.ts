/** The watch, on the embedded EC2 and a real store. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { idOf, machine, machines, REGION } from '../../test/support/fleet.ts';
import { startWatched, type Watched } from '../../test/support/watched.ts';
import { watchedMachines } from '../domain/survey-filter.ts';

const first = idOf(1);

async function listed({ store, clock }: Watched): Promise<readonly string[]> {
  const page = await store.machines({ sort: 'name', descending: false, limit: 1_000, offset: 0 }, clock.now());
  return page.rows.map((row) => row.machine.id).toSorted();
}

describe('what changes outside', () => {
  test('is seen at the next look, with the reason that EC2 gives', async () => {
    await using watched = await startWatched({ machines: machines(2) });
    await watched.look();
    const before = await watched.machine(first);
    assert.deepEqual([before?.state, before?.why], ['running', { by: 'before' }]);
    assert.deepEqual(watched.changed.toSorted(), [idOf(1), idOf(2)]);

    const code = 'Client.InstanceInitiatedShutdown';
    watched.sandbox.set(first, {
      state: 'stopped',
      stateReason: { code, message: `${code}: Instance initiated shutdown` },
    });
    watched.changed.length = 0;
    await watched.look();
    const after = await watched.machine(first);
    assert.deepEqual([after?.state, after?.why], ['stopped', { by: 'outside', detail: code }]);
    assert.deepEqual(watched.changed, [first]);
    const intervals = (await watched.store.intervals([first], 0)).get(first) ?? [];
    assert.deepEqual(
      intervals.map(({ state, until }) => [state, until !== undefined]),
      [
        ['running', true],
        ['stopped', false],
      ],
    );
  });

  test('a machine that was terminated is shown as such while EC2 shows it, and leaves the list then', async () => {
    await using watched = await startWatched({ machines: machines(2) });
    await watched.look();
    watched.sandbox.set(first, { state: 'terminated' });
    await watched.look();
    assert.equal((await watched.machine(first))?.state, 'terminated');
    assert.deepEqual(await listed(watched), [idOf(1), idOf(2)]);
    watched.clock.advance(2 * 3_600_000);
    await watched.look();
    await watched.look();
    assert.deepEqual(await listed(watched), [idOf(2)]);
    assert.ok(watched.changed.includes(first));
  });

  test('a machine whose tag was removed leaves the list', async () => {
    const tags = { 'ec2-operator': 'allowed' };
    const filter = watchedMachines(undefined, { key: 'ec2-operator', value: 'allowed' });
    await using watched = await startWatched({
      machines: [machine(1, { tags }), machine(2, { tags }), machine(3)],
      changes: { filter },
    });
    await watched.look();
    assert.deepEqual(await listed(watched), [idOf(1), idOf(2)]);
    watched.sandbox.set(first, { tags: {} });
    await watched.look();
    await watched.look();
    assert.deepEqual(await listed(watched), [idOf(2)]);
  });
});

describe('which machines are watched', () => {
  test('those of the types with accelerators, and those that operations have named', async () => {
    const gone = 'i-0fffffffffffffff0';
    const named = [idOf(3), idOf(1), gone].map((id) => ({ id, place: { region: REGION } }));
    await using watched = await startWatched({
      machines: [
        machine(1),
        machine(2, { type: 'm7i.large' }),
        machine(3, { type: 't3.micro' }),
        machine(4, { type: 'trn1.2xlarge' }),
      ],
    });
    const watch = watched.other('first', { namedMachines: async () => Promise.resolve(named) });
    await watched.look(watch);
    assert.deepEqual(await listed(watched), [idOf(1), idOf(3), idOf(4)]);
    // The survey, and the named one; EC2 fails the whole call for the one that it does not know.
    assert.equal(watched.calls(), 3);
    await watched.look(watch);
    assert.equal(watched.calls(), 5, 'a machine that is gone is not asked for again');
  });

  test('a region that is not configured is asked for its named machines alone', async () => {
    const place = { region: 'us-west-2' };
    await using watched = await startWatched({ machines: [machine(1), machine(2, place), machine(3, place)] });
    const watch = watched.other('first', { namedMachines: async () => Promise.resolve([{ id: idOf(2), place }]) });
    await watched.look(watch);
    assert.deepEqual(await listed(watched), [idOf(1), idOf(2)]);
  });

  test('machines of a region that is not configured any more leave the list', async () => {
    await using watched = await startWatched({ machines: machines(1) });
    await watched.look();
    const elsewhere = { region: 'us-west-2' };
    const [seen] = watched.sandbox.instances();
    assert.ok(seen);
    await watched.store.recordSeen(
      [
        {
          id: idOf(9),
          place: elsewhere,
          state: 'running',
          type: 'g5.xlarge',
          availabilityZone: 'us-west-2a',
          launchedAt: 0,
          tags: {},
          at: watched.clock.now(),
        },
      ],
      watched.clock.now(),
    );
    await watched.look();
    assert.deepEqual(await listed(watched), [first]);
  });
});

describe('calls', () => {
  test('five thousand machines in nine places cost a page for each thousand of a place and minute', async () => {
    const places = Array.from({ length: 9 }, (_, index) => ({ region: `eu-west-${index + 1}` }));
    // The first place has more than a page.
    const regionOf = (number: number): string => `eu-west-${number <= 1_400 ? 1 : (number % 8) + 2}`;
    const fleet = Array.from({ length: 5_000 }, (_, index) => machine(index + 1, { region: regionOf(index + 1) }));
    await using watched = await startWatched({ machines: fleet, places });
    await watched.look();
    assert.equal((await listed(watched)).length, 1_000);
    assert.equal([...watched.states.values()].flat().length, 5_000);
    assert.equal(watched.calls(), 10);
    await watched.look();
    assert.equal(watched.calls(), 20);
  });

  test('a place that is denied holds up no other, is told, and is asked less and less', async () => {
    await using watched = await startWatched({
      machines: [machine(1), machine(2, { region: 'us-west-2' })],
      places: [{ region: 'us-west-2' }, { region: REGION }],
    });
    watched.sandbox.faults.add({ kind: 'unauthorized', region: 'us-west-2' });
    await watched.look();
    assert.deepEqual(await listed(watched), [first]);
    assert.deepEqual(watched.told, ['first watches', 'us-west-2 UnauthorizedOperation']);
    const calls = watched.calls();
    await watched.look();
    assert.equal(watched.calls(), calls + 1, 'the denied place waits for two minutes');
    watched.sandbox.faults.clear();
    await watched.look();
    assert.deepEqual(await listed(watched), [idOf(1), idOf(2)]);
  });

  test('a place that fails forgets none of its machines', async () => {
    await using watched = await startWatched({ machines: machines(2) });
    await watched.look();
    const seenAt = (await watched.machine(first))?.seenAt;
    watched.sandbox.faults.add({ kind: 'error' });
    for (let minute = 0; minute < 20; minute += 1) await watched.look();
    assert.deepEqual(await listed(watched), [idOf(1), idOf(2)]);
    assert.equal((await watched.machine(first))?.seenAt, seenAt);
    const asked = watched.told.filter((text) => text.endsWith('InternalError')).length;
    assert.ok(asked >= 4 && asked <= 6, `after 2, 4 and then 5 minutes, not ${asked} times`);
  });

  test('a throttle slows the calls, and the next look comes later', async () => {
    const throttled: string[] = [];
    const admitted: string[] = [];
    await using watched = await startWatched({
      machines: machines(1),
      changes: {
        quota: {
          admitSpare: async (_place, action) => Promise.resolve(void admitted.push(action)),
          throttled: (_place, action) => void throttled.push(action),
        },
      },
    });
    watched.sandbox.faults.add({ kind: 'throttle', times: 1 });
    await watched.look();
    assert.deepEqual([admitted, throttled], [['describe'], ['describe']]);
    await watched.look();
    assert.deepEqual(admitted, ['describe']);
    await watched.look();
    assert.deepEqual(await listed(watched), [first]);
  });

  test('a look that takes long is not begun again, and ends with the watch', async () => {
    await using watched = await startWatched({ machines: machines(1) });
    watched.sandbox.faults.add({ kind: 'slow', ms: 60_000 });
    const ending = new AbortController();
    const [look] = await watched.watch.tick(ending.signal);
    watched.clock.advance(61_000);
    assert.deepEqual(await watched.watch.tick(ending.signal), []);
    ending.abort();
    await look;
    assert.deepEqual(watched.told, ['first watches']);
  });
});

describe('late views of EC2', () => {
  test('neither undo a change that is known, nor take the machine out of the list', async () => {
    await using watched = await startWatched({ machines: machines(1) });
    await watched.look();
    const known = await watched.machine(first);
    assert.ok(known);
    const { since: _since, why: _why, seenAt: _seenAt, ...shown } = known;
    watched.clock.advance(30_000);
    await watched.store.recordSeen([{ ...shown, state: 'stopping', at: watched.clock.now() }], watched.clock.now());
    watched.clock.advance(-30_000);
    await watched.look();
    assert.deepEqual(await listed(watched), [first]);
    assert.equal((await watched.machine(first))?.state, 'stopping');
  });
});
