/** EC2 calls shared by the operations that need them at the same time: one call for many instances. */
import type { Instance, Place } from '../domain/instance.ts';
import type { Client, Verb } from '../domain/intent.ts';
import type { QuotaAction } from '../domain/quota-level.ts';
import { isThrottled } from '../ec2/error-table.ts';
import {
  Ec2Error,
  MAX_CHANGE_IDS,
  MAX_KNOWN_IDS,
  MAX_LOOKUP_VALUES,
  type Ec2Client,
  type LookupBy,
} from '../ec2/port.ts';
import type { Quota } from '../ec2/quota.ts';
import { changeAll, type CallAnswer, type ChangeCall } from './change-all.ts';
import { createLastLook, type Candidate } from './last-look.ts';
import { naturalBatch, type AddToBatch } from './natural-batch.ts';

export interface Ec2Batches {
  /** The instances that EC2 shows for one value, among those of everybody else in the batch: the caller picks its own. */
  readonly describe: (client: Client, place: Place, by: LookupBy, value: string) => Promise<readonly Instance[]>;
  /** One instance that EC2 has shown before, as it is now; undefined when EC2 does not show it any more. */
  readonly look: (client: Client, place: Place, id: string) => Promise<Instance | undefined>;
  /** Starts or stops one instance, unless the last look holds it back. @throws Ec2Error, the one that concerns this instance */
  readonly change: (client: Client, place: Place, wanted: WantedChange) => Promise<ChangeAnswer>;
}

export type ChangeAnswer =
  | Extract<CallAnswer, { outcome: 'accepted' }>
  /** EC2 was not asked. Why: what has changed since the guards were asked, for people. */
  | { readonly outcome: 'held_back'; readonly why: string };

export interface WantedChange extends Candidate {
  readonly verb: Verb;
  readonly dryRun: boolean;
}

export function createEc2Batches(clientOf: (client: Client) => Ec2Client, quota: Quota): Ec2Batches {
  const parts: BatchParts = { clientOf, quota };
  const describe = batchDescribes(parts);
  const look = batchLooks(parts);
  const change = batchChanges(parts);
  return {
    describe: async (client, place, by, value) => describe(keyOf(client, place, by), { client, place, by, value }),
    look: async (client, place, id) => look(keyOf(client, place), { client, place, id }),
    change: async (client, place, wanted) => {
      const answer = await change(keyOf(client, place, wanted.verb, wanted.dryRun), { client, place, ...wanted });
      if (answer.outcome === 'failed') throw answer.error;
      return answer;
    },
  };
}

interface BatchParts {
  readonly clientOf: (client: Client) => Ec2Client;
  readonly quota: Quota;
}

function batchDescribes({ clientOf, quota }: BatchParts): AddToBatch<DescribeItem, readonly Instance[]> {
  return naturalBatch({
    maxSize: MAX_LOOKUP_VALUES,
    admit: async (_key, [{ place }, ...others]) => quota.admit(place, 'describe', 1 + others.length),
    run: async (_key, items) => {
      const [{ client, place, by }] = atLeastOne(items);
      const values = distinct(items.map(({ value }) => value));
      const found = await feltThrottle(quota, place, 'describe', values.length, async () =>
        clientOf(client).describe(place, by, values),
      );
      return items.map(() => found);
    },
  });
}

function batchLooks({ clientOf, quota }: BatchParts): AddToBatch<LookItem, Instance | undefined> {
  return naturalBatch({
    maxSize: MAX_KNOWN_IDS,
    admit: async (_key, [{ place }, ...others]) => quota.admit(place, 'look', 1 + others.length),
    run: async (_key, items) => {
      const [{ client, place }] = atLeastOne(items);
      const ids = distinct(items.map(({ id }) => id));
      const found = await feltThrottle(quota, place, 'look', ids.length, async () =>
        describeKnown(clientOf(client), place, ids),
      );
      const byId = new Map(found.map((instance) => [instance.id, instance]));
      return items.map(({ id }) => byId.get(id));
    },
  });
}

function batchChanges({ clientOf, quota }: BatchParts): AddToBatch<ChangeItem, ChangeAnswer | CallAnswer> {
  return naturalBatch({
    maxSize: MAX_CHANGE_IDS,
    admit: async (_key, [{ place, verb }, ...others]) => quota.admit(place, verb, 1 + others.length),
    run: async (_key, items) => {
      const [{ client, place, verb, dryRun }] = atLeastOne(items);
      const ec2 = clientOf(client);
      const describeAgain = async (ids: readonly string[]): Promise<readonly Instance[]> => {
        await quota.admit(place, 'look', ids.length);
        return feltThrottle(quota, place, 'look', ids.length, async () => describeKnown(ec2, place, ids));
      };
      const lastLook = createLastLook(items, { verb, dryRun, describe: describeAgain });
      const call: ChangeCall = {
        lookBefore: lastLook.before,
        change: async (ids) =>
          feltThrottle(quota, place, verb, ids.length, async () => ec2.change(place, verb, ids, { dryRun })),
        admit: async () => quota.admit(place, verb, 1),
      };
      const answers = await changeAll(call, distinct(items.map(({ id }) => id)));
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
  named: number,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isThrottled(error)) quota.throttled(place, action, named);
    throw error;
  }
}

interface DescribeItem {
  readonly client: Client;
  readonly place: Place;
  readonly by: LookupBy;
  readonly value: string;
}

interface LookItem {
  readonly client: Client;
  readonly place: Place;
  readonly id: string;
}

interface ChangeItem extends WantedChange {
  readonly client: Client;
  readonly place: Place;
}

/** All in one call; where EC2 has forgotten one of them, which fails that call, through the filter that finds the others. */
async function describeKnown(ec2: Ec2Client, place: Place, ids: readonly string[]): Promise<readonly Instance[]> {
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
}

function keyOf(...parts: readonly (string | boolean | Place)[]): string {
  return JSON.stringify(parts);
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

function atLeastOne<T>(items: readonly T[]): readonly [T, ...T[]] {
  const [first, ...others] = items;
  if (first === undefined) throw new RangeError('expected at least one item in a batch');
  return [first, ...others];
}
