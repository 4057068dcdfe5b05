/** The disk under the embedded database is full, and then there is room again. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { delivery } from '../support/alerts.ts';
import { json } from '../support/operator.ts';
import { everythingEnds, GOOD_ENDS, onlyEndedBy } from './ends.ts';
import { byForm, diceFor, SEED } from './form.ts';
import { planRound } from './plan.ts';
import { post, sendAll } from './senders.ts';
import { buildSite } from './site.ts';

const MACHINES = byForm({ short: 200, long: 2_000 });
/** Enough for all of the campaign, SQLite's log included. */
const SIZE_MIB = byForm({ short: 16, long: 64 });

export function describeFullDisk(): void {
  test('the disk is full', async (t) => {
    await using stack = new AsyncDisposableStack();
    const disk = mountDisk();
    if ('skip' in disk) return t.skip(disk.skip);
    stack.defer(disk.unmount);
    const store = async () => Promise.resolve({ DATA_DIR: path.join(disk.directory, 'data') });
    const site = stack.use(await buildSite({ machines: MACHINES, store, replicas: 1 }));
    const { sandbox, urls, explain } = site;
    const dice = diceFor('disk');
    const { alerts, check } = planRound({ sandbox, dice, machines: MACHINES, wantedBackEvery: 0 });
    const url = dice.pick(urls);

    const sent = sendAll({ dice, site, alerts, senders: 2, pauseMs: 200, most: 20 });
    await sandbox.until(() => (sandbox.counts.get('StopInstances') ?? 0) > 0, { timeoutMs: 60_000 });
    // SQLite goes on in the room that it has already; with every further delivery some of it goes.
    disk.fill();
    const filler = alerts.slice(0, 50);
    for (let count = 0; ; count += 1) {
      const { status, text } = await post(`${url}/operateHostname`, json(delivery(filler)));
      // There can be room left for the one row of readiness, until the operations that are under way have taken it.
      if (status === 503 && (await fetch(`${url}/readyz`)).status === 503) break;
      assert.ok(status === 200 || status === 503, `${status} ${text}`);
      assert.ok(count < 2_000, 'the disk never became full');
    }
    assert.equal((await fetch(`${url}/healthz`)).status, 200, 'a restart would not help');
    disk.free();

    const { acknowledged, statuses } = await sent;
    const counts = await everythingEnds({ url, alerts: alerts.length, acknowledged: [acknowledged], explain });
    t.diagnostic(`seed ${SEED}: ${JSON.stringify(counts)}, statuses ${JSON.stringify([...statuses])}`);
    onlyEndedBy(counts, ...GOOD_ENDS);
    check();
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
  });
}

interface Disk {
  readonly directory: string;
  readonly fill: () => void;
  readonly free: () => void;
  readonly unmount: () => void;
}

/** A file system of its own in memory, which only root may mount. */
function mountDisk(): Disk | { readonly skip: string } {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return { skip: 'a small file system can be mounted on Linux and as root only' };
  }
  const directory = mkdtempSync(path.join(tmpdir(), 'ec2-operator-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MIB}m`, 'tmpfs', directory], { stdio: 'pipe' });
  } catch (error) {
    rmdirSync(directory);
    return { skip: `no file system can be mounted here: ${String(error)}` };
  }
  const ballast = path.join(directory, 'ballast');
  return {
    directory,
    fill: () => {
      // The operator writes meanwhile, so how much is left is known only when nothing is.
      const file = openSync(ballast, 'w');
      for (const size of [1 << 20, 4_096]) writeUntilFull(file, Buffer.alloc(size));
      closeSync(file);
    },
    free: () => {
      rmSync(ballast);
    },
    unmount: () => {
      execFileSync('umount', [directory]);
      rmdirSync(directory);
    },
  };
}

function writeUntilFull(file: number, block: Uint8Array): void {
  try {
    for (;;) writeSync(file, block);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOSPC') throw error;
  }
}
