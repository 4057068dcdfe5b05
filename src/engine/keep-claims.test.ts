import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { noticeOf, subjects } from '../../test/contract/store/notice-samples.ts';
import { T0 } from '../../test/contract/store/samples.ts';
import { CLAIM_MS } from '../domain/claim-times.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { keepClaims } from './keep-claims.ts';

test('a replica that starts leaves to the others what they have claimed: the watch, and notices on their way', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-claims-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => rm(directory, { recursive: true }));
  const store = await openSqliteStore(directory);
  stack.defer(async () => store.close());
  assert.equal(await store.claimWatch('other', T0, T0 + CLAIM_MS.watch), true);
  await store.addNotices([noticeOf('one', 'a')], T0);
  const sending = { channel: 'ml', owner: 'other', now: T0, until: T0 + CLAIM_MS.notice, limit: 9 };
  assert.equal((await store.claimNotices(sending)).length, 1);
  const stop = new AbortController();
  await keepClaims(
    {
      store: {
        ...store,
        hasten: async (latest, now) => {
          await store.hasten(latest, now);
          stop.abort();
        },
      },
      owner: 'new',
      inFlight: { ids: () => [], renewed: () => undefined },
      claimMs: 30,
      clock: () => T0,
      observer: { fault: assert.fail },
    },
    stop.signal,
  );
  assert.equal(await store.claimWatch('new', T0, T0 + CLAIM_MS.watch), false);
  assert.deepEqual(await subjects(store), []);
});
