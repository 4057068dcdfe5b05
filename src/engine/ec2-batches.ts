/** EC2 calls shared by the operations that need them at the same time: one call for many instances. */
import type { Checks } from '../domain/checks.ts';
import type { Instance, Place } from '../domain/instance.ts';
import type { Client, Verb } from '../domain/intent.ts';
import type { QuotaAction } from '../domain/quota-level.ts';
import { blamedIds, isThrottled, meaningOf } from '../ec2/error-table.ts';
import {
  Ec2Error,
  MAX_ACT_IDS,
  MAX_CHECKED_IDS,
  MAX_KNOWN_IDS,
  MAX_LOOKUP_VALUES,
  type Ec2Client,
  type LookupBy,
} from '../ec2/port.ts';
import type { Quota } from '../ec2/quota.ts';
import { actAll, type ActCall, type CallAnswer } from './act-all.ts';
import { createLastLook, type Candidate, type Send } from './last-look.ts';
import { naturalBatch, type AddToBatch } from './natural-batch.ts';

export interface Ec2Batches {
  /** The instances that EC2 shows for all values of the batch: the caller picks its own. */
  readonly describe: (client: Client, place: Place, by: LookupBy, value: string) => Promise<readonly Instance[]>;
  /** An instance that EC2 has shown before, as it is now; undefined when EC2 does not show it any more. */
  readonly look: (client: Client, place: Place, id: string) => Promise<Instance | undefined>;
  /** What EC2's status checks say of it; `unknown` while it does not run, and once EC2 does not know it any more. */
  readonly checks: (client: Client, place: Place, id: string) => Promise<Checks>;
  /** Starts or stops one instance, unless the last look holds it back. @throws Ec2Error, the one that concerns this instance */
  readonly act: (client: Client, place: Place, wanted: WantedAct) => Promise<ActAnswer>;
}

export type ActAnswer =
  | Extract<CallAnswer, { outcome: 'accepted' }>
  /** EC2 was not asked. Why: what has changed since the guards were asked, for people. */
  | { readonly outcome: 'held_back'; readonly why: string };

export interface WantedAct extends Candidate {
  readonly verb: Verb;
  readonly dryRun: boolean;
  /** Told when a call for the batch fails and may have changed the instance. Another call may follow. */
  readonly onLeftOpen: () => void;
}

/** @param send without it, nothing is started or stopped */
export function createEc2Batches(
  clientOf: (client: Client) => Ec2Client,
  quota: Quota,
  send: Send = sendNothing,
): Ec2Batches {
  const parts: BatchParts = { clientOf, quota, send };
  const describe = batchDescribes(parts);
  const look = batchLooks(parts);
  const checks = batchChecks(parts);
  const act = batchActs(parts);
  return {
    describe: async (client, place, by, value) => describe(keyOf(client, place, by), { client, place, by, value }),
    look: async (client, place, id) => look(keyOf(client, place), { client, place, id }),
    checks: async (client, place, id) => checks(keyOf(client, place), { client, place, id }),
    act: async (client, place, wanted) => {
      const answer = await act(keyOf(client, place, wanted.verb, wanted.dryRun), { client, place, ...wanted });
      if (answer.outcome === 'failed') throw answer.error;
      return answer;
    },
  };
}

interface BatchParts {
  readonly clientOf: (client: Client) => Ec2Client;
  readonly quota: Quota;
  readonly send: Send;
}

async function sendNothing(requests: Parameters<Send>[0]): ReturnType<Send> {
  return Promise.resolve(requests.map(() => ({ outcome: 'held_back', why: 'nothing is to be changed here' })));
}

/** Where a call goes. All items of a batch share it. */
interface Addressed {
  readonly client: Client;
  readonly place: Place;
}

function batchDescribes(
  parts: BatchParts,
): AddToBatch<Addressed & { readonly by: LookupBy; readonly value: string }, readonly Instance[]> {
  return naturalBatch({
    maxSize: MAX_LOOKUP_VALUES,
    admit: async (_key, waiting) => parts.quota.admit(waiting[0].place, 'describe', waiting.length),
    run: async (_key, items) => {
      const { client, place, by } = firstOf(items);
      const values = distinct(items.map(({ value }) => value));
      const found = await feltThrottle(parts.quota, place, 'describe', values, async () =>
        parts.clientOf(client).describe(place, by, values),
      );
      return items.map(() => found);
    },
  });
}

function batchLooks(parts: BatchParts): AddToBatch<Addressed & { readonly id: string }, Instance | undefined> {
  return naturalBatch({
    maxSize: MAX_KNOWN_IDS,
    admit: async (_key, waiting) => parts.quota.admit(waiting[0].place, 'look', waiting.length),
    run: async (_key, items) => {
      const found = await describeKnown(parts, firstOf(items), distinct(items.map(({ id }) => id)));
      const byId = new Map(found.map((instance) => [instance.id, instance]));
      return items.map(({ id }) => byId.get(id));
    },
  });
}

function batchChecks(parts: BatchParts): AddToBatch<Addressed & { readonly id: string }, Checks> {
  return naturalBatch({
    maxSize: MAX_CHECKED_IDS,
    admit: async (_key, waiting) => parts.quota.admit(waiting[0].place, 'checks', waiting.length),
    run: async (_key, items) => {
      const found = await checkKnown(parts, firstOf(items), distinct(items.map(({ id }) => id)));
      return items.map(({ id }) => found.get(id) ?? 'unknown');
    },
  });
}

/** If EC2 has forgotten some of the ids, the call fails as a whole, and is made again for the others. */
async function checkKnown(
  { clientOf, quota }: BatchParts,
  { client, place }: Addressed,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Checks>> {
  const ec2 = clientOf(client);
  return feltThrottle(quota, place, 'checks', ids, async () => {
    try {
      return await ec2.checks(place, ids);
    } catch (error) {
      if (!(error instanceof Ec2Error) || error.code !== 'InvalidInstanceID.NotFound') throw error;
      const forgotten = blamedIds(error);
      const others = ids.filter((id) => !forgotten.includes(id));
      if (others.length === ids.length) throw error;
      if (others.length === 0) return new Map<string, Checks>();
      await quota.admit(place, 'checks', others.length);
      return ec2.checks(place, others);
    }
  });
}

function batchActs(parts: BatchParts): AddToBatch<Addressed & WantedAct, ActAnswer | CallAnswer> {
  const { clientOf, quota, send } = parts;
  return naturalBatch({
    maxSize: MAX_ACT_IDS,
    admit: async (_key, waiting) => quota.admit(waiting[0].place, waiting[0].verb, waiting.length),
    run: async (_key, items) => {
      const { client, place, verb, dryRun } = firstOf(items);
      const lastLook = createLastLook(items, {
        verb,
        dryRun,
        send,
        describe: async (ids) => {
          await quota.admit(place, 'look', ids.length);
          return describeKnown(parts, { client, place }, ids);
        },
      });
      const act: ActCall['act'] = async (ids, onChosen) => {
        let sent: readonly string[] = [];
        const choose = async (some: readonly string[]): Promise<readonly string[]> => {
          sent = await lastLook.send(some);
          onChosen(sent);
          return sent;
        };
        try {
          return await feltThrottle(quota, place, verb, ids, async () =>
            clientOf(client).act(place, verb, ids, { dryRun, choose }),
          );
        } catch (error) {
          const isLeftOpen = !(error instanceof Ec2Error) || !meaningOf(error).nothingChanged;
          if (isLeftOpen) for (const { id, onLeftOpen } of items) if (sent.includes(id)) onLeftOpen();
          throw error;
        }
      };
      const admit = async (): Promise<unknown> => quota.admit(place, verb, 1);
      const answers = await actAll({ lookBefore: lastLook.before, act, admit }, distinct(items.map(({ id }) => id)));
      return items.map((item) => {
        const why = lastLook.whyHeldBack(item);
        if (why !== undefined) return { outcome: 'held_back', why };
        return answers.get(item.id) ?? { outcome: 'failed', error: new Error(`no answer for ${item.id}`) };
      });
    },
  });
}

/** A call that EC2 refuses for its rate limit slows the calls after it. */
async function feltThrottle<T>(
  quota: Quota,
  place: Place,
  action: QuotaAction,
  named: readonly string[],
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isThrottled(error)) quota.throttled(place, action, named.length);
    throw error;
  }
}

/** If EC2 has forgotten one of the ids, the call fails as a whole, and a filter finds the others. */
async function describeKnown(
  { clientOf, quota }: BatchParts,
  { client, place }: Addressed,
  ids: readonly string[],
): Promise<readonly Instance[]> {
  const ec2 = clientOf(client);
  return feltThrottle(quota, place, 'look', ids, async () => {
    try {
      return await ec2.describe(place, 'known', ids);
    } catch (error) {
      if (!(error instanceof Ec2Error) || error.code !== 'InvalidInstanceID.NotFound') throw error;
      const found: Instance[] = [];
      for (let start = 0; start < ids.length; start += MAX_LOOKUP_VALUES) {
        found.push(...(await ec2.describe(place, 'id', ids.slice(start, start + MAX_LOOKUP_VALUES))));
      }
      return found;
    }
  });
}

function keyOf(...parts: readonly (string | boolean | Place)[]): string {
  return JSON.stringify(parts);
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

function firstOf<T>([first]: readonly T[]): T {
  if (first === undefined) throw new RangeError('expected at least one item in a batch');
  return first;
}
