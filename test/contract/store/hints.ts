/** Hints between replicas: what each has sent reaches the others, and nothing that a stranger sends does harm. */
import assert from 'node:assert/strict';
import { once, EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import type { Hint } from '../../../src/domain/hint.ts';
import type { Store } from '../../../src/store/port.ts';
import { query, type Cluster } from '../../support/postgres.ts';
import { openStore } from './postgres-sessions.ts';

export function describeHints(running: Cluster): void {
  describe('hints', () => {
    test('reach the other replicas, and not the one that sends them', async (t) => {
      const url = await running.createDatabase();
      const [here, there] = [await openStore(t, url), await openStore(t, url)];
      const [ownHints, hints] = [await listen(here), await listen(there)];
      await here.sendHint({ machines: ['i-1', 'i-2'] });
      assert.deepEqual(await hints.next(), { machines: ['i-1', 'i-2'] });
      await there.sendHint({ all: true });
      assert.deepEqual(await ownHints.next(), { all: true });
    });

    test('of a connection that was lost may have been missed, so all comes with the next one', async (t) => {
      const url = await running.createDatabase();
      const hints = await listen(await openStore(t, url));
      const listening = `query like 'listen %' and datname = current_database()`;
      await query(url, `select pg_terminate_backend(pid) from pg_stat_activity where ${listening}`);
      assert.deepEqual(await hints.next(), { all: true });
    });

    test('of a stranger are no more than "all"', async (t) => {
      const url = await running.createDatabase();
      const hints = await listen(await openStore(t, url));
      await query(url, `select pg_notify('ec2_operator_hints', '${'<script>'.repeat(900)}')`);
      assert.deepEqual(await hints.next(), { all: true });
    });
  });
}

interface Heard {
  /** The oldest that was not taken yet. */
  readonly next: () => Promise<Hint>;
}

/** Resolves once the store listens. */
async function listen(store: Store): Promise<Heard> {
  const hints: Hint[] = [];
  const heard = new EventEmitter();
  store.onHint((hint) => {
    hints.push(hint);
    heard.emit('hint');
  });
  const next = async (): Promise<Hint> => {
    if (hints.length === 0) await once(heard, 'hint');
    return hints.shift() ?? next();
  };
  // The first says that any may have been missed until now.
  assert.deepEqual(await next(), { all: true });
  return { next };
}
