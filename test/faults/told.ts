/**
 * The operator is killed while it sends notices: those that are on disk and not sent, and those that were sent without an outcome on
 * disk. None is lost, each stop was announced before it was told as done, and a copy has the id of the first.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { openStore } from '../../src/store/open.ts';
import { eventually } from '../support/eventually.ts';
import { startVendor, type VendorRequest } from '../support/vendors/vendor.ts';
import { everythingEnds, GOOD_ENDS, onlyEndedBy } from './ends.ts';
import { byForm, diceFor, SEED, type Dice } from './form.ts';
import { planRound } from './plan.ts';
import type { Replica } from './replica.ts';
import { sendAll } from './senders.ts';
import { buildSite, CAMPAIGN_CONFIG, type NewStore, type Site } from './site.ts';

/** Four of five are to be stopped. */
const MACHINES = 15;
const STOPS = 12;
const KILLS = 2;
/** A process that is back before the warnings end has a short round: otherwise the stops wait a minute to be announced. */
const WARNS = byForm({ short: '4s', long: '10s' });
/** Fewer notices than there are for each kill. */
const LATEST_KILL = 9;
/** A dead replica's claims hold for more than a minute. */
const PATIENCE = { timeoutMs: 240_000 };

const noticeSchema = z.object({
  type: z.enum(['notice.warning', 'notice.stopped']),
  data: z.object({ id: z.string(), operation: z.string(), machine: z.object({ id: z.string() }) }),
});

interface Notice {
  readonly id: string;
  readonly kind: string;
  readonly operation: string;
}

export function describeTold(name: string, store: NewStore, replicas: number, rounds: number): void {
  test(`killed while people are told: ${name}`, async (t) => {
    const bus = createBus();
    await using vendor = await startVendor((request) => {
      return { status: bus.take(request) ? 204 : 503 };
    });
    const database: Record<string, string> = {};
    const keep: NewStore = async (stack) => Object.assign(database, await store(stack));
    const config = `${CAMPAIGN_CONFIG}warn: { before: ${WARNS} }\nchannels: [{ name: bus, webhook: { url: '${vendor.url}' } }]\n`;
    await using site = await buildSite({ machines: MACHINES, store: keep, replicas, config });
    let copies = 0;
    for (let round = 1; round <= rounds; round += 1) {
      const told = `seed ${SEED}, ${name}, round ${round}`;
      try {
        copies += await runRound(site, bus, diceFor(`${name}, round ${round}`));
      } catch (error) {
        throw new Error(`${told}\n${site.explain()}`, { cause: error });
      }
    }
    await Promise.all(site.replicas.map(async (replica) => replica.terminate()));
    const ids = new Set(bus.taken.map(({ id }) => id));
    await everyNoticeWasSent(database, ids);
    t.diagnostic(`seed ${SEED}, ${name}: ${ids.size} notices, ${copies} copies, each with the id of the first`);
  });
}

/** @returns how many notices came again */
async function runRound(site: Site, bus: Bus, dice: Dice): Promise<number> {
  const { sandbox, urls, explain } = site;
  const first = bus.taken.length;
  const { alerts, check } = planRound({ sandbox, dice, machines: MACHINES, wantedBackEvery: 0 });
  const killed = killWhileSending(site, bus, dice);
  const { acknowledged } = await sendAll({ dice, site, alerts });
  await killed;
  const ends = { url: dice.pick(urls), alerts: alerts.length, acknowledged: [acknowledged], explain, ...PATIENCE };
  onlyEndedBy(await everythingEnds(ends), ...GOOD_ENDS);
  check();
  const operations = new Set<string>();
  await eventually(
    'every stop is told',
    () => {
      for (const { kind, operation } of bus.taken.slice(first)) if (kind === 'stopped') operations.add(operation);
      return operations.size === STOPS ? true : undefined;
    },
    { ...PATIENCE, explain: () => `${explain()}\ntold: ${[...operations].join(', ')}` },
  );
  return checkOrder(bus.taken.slice(first), operations);
}

function checkOrder(notices: readonly Notice[], operations: ReadonlySet<string>): number {
  for (const operation of operations) {
    const own = notices.filter((notice) => notice.operation === operation);
    const ids = [...new Set(own.map(({ id }) => id))];
    const kinds = ids.map((id) => own.find((notice) => notice.id === id)?.kind);
    assert.deepEqual(kinds, ['warning', 'stopped'], `the notices of operation ${operation}`);
    const told = own.findIndex(({ kind }) => kind === 'stopped');
    assert.ok(
      own.slice(told).every(({ kind }) => kind === 'stopped'),
      `operation ${operation} was announced again after its end was told`,
    );
  }
  return notices.length - new Set(notices.map(({ id }) => id)).size;
}

/** The moment in which a notice arrives, its outcome is on no disk, and more of them wait for their turn. */
async function killWhileSending({ replicas }: Site, bus: Bus, dice: Dice): Promise<void> {
  const victims = Array.from({ length: KILLS }, () => dice.pick(replicas));
  let dead: Replica | undefined;
  for (const victim of victims) {
    // It is set before the dead one comes back, which sends as soon as it can.
    const killed = killOnArrival(victim, bus, dice);
    dead?.start();
    await killed;
    dead = victim;
  }
  dead?.start();
  await dead?.ready();
}

async function killOnArrival(victim: Replica, bus: Bus, dice: Dice): Promise<void> {
  // At once: whether the vendor has the notice or not. A little later: around the commit of the outcome.
  const [isLate, isTaken, delayMs] = [dice.roll() < 0.5, dice.roll() < 0.5, dice.between(1, 15)];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const kill = (): void => void victim.kill().then(resolve, reject);
  bus.trap(dice.between(1, LATEST_KILL), () => {
    if (isLate) setTimeout(kill, delayMs);
    else kill();
    return isLate || isTaken;
  });
  return promise;
}

interface Bus {
  /** @returns whether the vendor has it now */
  readonly take: (request: VendorRequest) => boolean;
  /** Calls it back when so many requests have come from now on. @param callback returns whether the vendor has the last of them */
  readonly trap: (requests: number, callback: () => boolean) => void;
  /** All that the vendor has, copies included, as they came. */
  readonly taken: readonly Notice[];
}

function createBus(): Bus {
  const taken: Notice[] = [];
  let left = 0;
  let spring = (): boolean => true;
  return {
    take: (request) => {
      const notice = noticeOf(request);
      left -= 1;
      const isTaken = left !== 0 || spring();
      if (isTaken) taken.push(notice);
      return isTaken;
    },
    trap: (requests, callback) => {
      left = requests;
      spring = callback;
    },
    taken,
  };
}

function noticeOf({ body, headers }: VendorRequest): Notice {
  const { type, data } = noticeSchema.parse(JSON.parse(body));
  assert.equal(headers['webhook-id'], data.id);
  return { id: data.id, kind: type.replace('notice.', ''), operation: data.operation };
}

async function everyNoticeWasSent(
  { DATABASE_URL: url, DATA_DIR: directory = '' }: Readonly<Partial<Record<string, string>>>,
  received: ReadonlySet<string>,
): Promise<void> {
  const store = await openStore(url, directory);
  try {
    for (let cursor: string | undefined; ;) {
      const page = await store.notices({ limit: 1_000, cursor });
      for (const { id, state, error } of page) {
        assert.equal(state, 'sent', error ?? '');
        assert.ok(received.has(id), `the notice ${id} counts as sent, and never came`);
      }
      cursor = page.at(-1)?.id;
      if (cursor === undefined) break;
    }
  } finally {
    await store.close();
  }
}
