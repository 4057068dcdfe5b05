/** Far more operations are open than can be carried: what is beyond the few in flight stays in the store. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { alert } from '../support/alerts.ts';
import { eventually } from '../support/eventually.ts';
import { byForm, diceFor, LONG } from './form.ts';
import { sendAll } from './senders.ts';
import { buildSite, type NewStore } from './site.ts';

const OPERATIONS = byForm({ short: 5_000, long: 100_000 });
const LIMIT_MIB = 300;
/** For how long it is watched once all are open, as an EC2 that throttles keeps them. */
const WATCHED_MS = byForm({ short: 2_000, long: 120_000 });

export function describeFlood(name: string, store: NewStore): void {
  const skip = process.platform === 'linux' ? false : 'memory is read from /proc, which only Linux has';
  test(`a flood of ${OPERATIONS} open operations: ${name}`, { skip }, async (t) => {
    await using site = await buildSite({ machines: 0, store, replicas: 1 });
    const { sandbox, replicas, urls, explain } = site;
    const [replica] = replicas;
    const [url = ''] = urls;
    assert.ok(replica);
    // Nobody is let through to a machine, so that all of them wait.
    sandbox.faults.add({ kind: 'throttle' });
    const alerts = Array.from({ length: OPERATIONS }, (_, index) => alert({ hostname: addressFor(index) }));
    await sendAll({ dice: diceFor('flood'), site, alerts, most: 1_000 });
    const calls = sandbox.calls.length;
    await sandbox.until(() => sandbox.calls.length > calls, { timeoutMs: 60_000 });
    await new Promise((resolve) => {
      setTimeout(resolve, WATCHED_MS);
    });
    // So many are counted beside the scrapes: the first one only asks for it.
    const open = await eventually('every operation is counted', async () => {
      const count = await countOpen(url);
      return count < OPERATIONS ? undefined : count;
    });
    const { now, most } = readMemory(replica.pid());
    t.diagnostic(`${name}: ${open} operations open, RSS ${now} MiB, at most ${most} MiB`);
    assert.equal(open, OPERATIONS, explain());
    if (LONG) assert.ok(most < LIMIT_MIB, `RSS reached ${most} MiB, and ${LIMIT_MIB} are allowed`);
  });
}

function addressFor(index: number): string {
  return `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
}

async function countOpen(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = [...text.matchAll(/^ec2_operator_operations\{state="(queued|waiting|acting|verifying)"\} (\d+)$/gm)];
  return counts.reduce((sum, [, , count]) => sum + Number(count), 0);
}

/** MiB. */
function readMemory(pid: number): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (field: string): number =>
    Math.round(Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1_024);
  return { now: read('VmRSS'), most: read('VmHWM') };
}
