/** EC2 calls shared by the operations that need them at the same time: one call for many instances. */
import type { Instance, Place } from '../domain/instance.ts';
import type { Client, Verb } from '../domain/intent.ts';
import { GOAL, ON_THE_WAY } from '../domain/progress.ts';
import { blamedIds, isThrottled, meaningOf } from '../ec2/error-table.ts';
import {
  Ec2Error,
  MAX_CHANGE_IDS,
  MAX_LOOKUP_VALUES,
  type Accepted,
  type Ec2Client,
  type LookupBy,
} from '../ec2/port.ts';
import type { Quota, QuotaAction } from '../ec2/quota.ts';
import { naturalBatch } from './natural-batch.ts';

export interface Ec2Batches {
  /** The instances that EC2 shows for one value, among those of everybody else in the batch: the caller picks its own. */
  readonly describe: (client: Client, place: Place, by: LookupBy, value: string) => Promise<readonly Instance[]>;
  /** Starts or stops one instance. @throws Ec2Error, the one that concerns this instance */
  readonly change: (client: Client, place: Place, verb: Verb, id: string, dryRun: boolean) => Promise<Accepted>;
}

type ChangeAnswer = { readonly accepted: Accepted } | { readonly error: unknown };

export function createEc2Batches(clientOf: (client: Client) => Ec2Client, quota: Quota): Ec2Batches {
  const feltThrottle = async <T>(place: Place, action: QuotaAction, call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      if (isThrottled(error)) quota.throttled(place, action);
      throw error;
    }
  };
  const describe = naturalBatch<DescribeItem, readonly Instance[]>({
    maxSize: MAX_LOOKUP_VALUES,
    admit: async (_key, [{ place }, ...others]) => quota.admit(place, 'describe', 1 + others.length),
    run: async (_key, items) => {
      const [{ client, place, by }] = atLeastOne(items);
      const values = distinct(items.map(({ value }) => value));
      const found = await feltThrottle(place, 'describe', async () => clientOf(client).describe(place, by, values));
      return items.map(() => found);
    },
  });
  const change = naturalBatch<ChangeItem, ChangeAnswer>({
    maxSize: MAX_CHANGE_IDS,
    admit: async (_key, [{ place, verb }, ...others]) => quota.admit(place, verb, 1 + others.length),
    run: async (_key, items) => {
      const [{ client, place, verb, dryRun }] = atLeastOne(items);
      const ec2 = clientOf(client);
      const call: ChangeCall = {
        describe: async (ids) => feltThrottle(place, 'describe', async () => ec2.describe(place, 'id', ids)),
        change: async (ids) => feltThrottle(place, verb, async () => ec2.change(place, verb, ids, { dryRun })),
        admit: async () => quota.admit(place, verb, 1),
        verb,
        dryRun,
      };
      const answers = await changeAll(call, distinct(items.map(({ id }) => id)));
      return items.map(({ id }) => answers.get(id) ?? { error: new Error(`no answer for ${id}`) });
    },
  });
  return {
    describe: async (client, place, by, value) => describe(keyOf(client, place, by), { client, place, by, value }),
    change: async (client, place, verb, id, dryRun) => {
      const answer = await change(keyOf(client, place, verb, dryRun), { client, place, verb, id, dryRun });
      if ('error' in answer) throw answer.error;
      return answer.accepted;
    },
  };
}

interface DescribeItem {
  readonly client: Client;
  readonly place: Place;
  readonly by: LookupBy;
  readonly value: string;
}

interface ChangeItem {
  readonly client: Client;
  readonly place: Place;
  readonly verb: Verb;
  readonly id: string;
  readonly dryRun: boolean;
}

interface ChangeCall {
  readonly describe: (ids: readonly string[]) => Promise<readonly Instance[]>;
  readonly change: (ids: readonly string[]) => Promise<Accepted>;
  /** Waits until EC2's rate limit has room for one more call. */
  readonly admit: () => Promise<unknown>;
  readonly verb: Verb;
  readonly dryRun: boolean;
}

/**
 * EC2 carries a batch out as a whole or fails as a whole. Where an error blames one instance, the others go on without it:
 * by name where EC2 names it, otherwise by halves. An error that blames the call ends it for all.
 */
async function changeAll(call: ChangeCall, ids: readonly string[]): Promise<Map<string, ChangeAnswer>> {
  try {
    const accepted = await call.change(ids);
    return new Map(ids.map((id) => [id, { accepted }]));
  } catch (error) {
    if (!(error instanceof Ec2Error) || ids.length === 1) return failAll(ids, error);
    const { blame } = meaningOf(error);
    const named = blamedIds(error).filter((id) => ids.includes(id));
    if (blame === 'call' || (blame === 'named' && named.length === 0)) return failAll(ids, error);
    const guilty = named.length === ids.length ? [] : named;
    const parts = guilty.length > 0 ? [ids.filter((id) => !guilty.includes(id))] : halves(ids);
    const answers = failAll(guilty, error);
    for (const part of parts) {
      for (const [id, answer] of await changeRest(call, part)) answers.set(id, answer);
    }
    return answers;
  }
}

/** EC2 does not say that a failed batch changed nothing, so what has moved already is not asked again. */
async function changeRest(call: ChangeCall, ids: readonly string[]): Promise<Map<string, ChangeAnswer>> {
  const looked = call.dryRun ? [] : await findMoved(call, ids).catch((error: unknown) => ({ error }));
  // The part before this one may have been accepted already, and keeps its own answer.
  if ('error' in looked) return failAll(ids, looked.error);
  const moved = looked;
  const answers = new Map<string, ChangeAnswer>(moved.map((id) => [id, { accepted: {} }]));
  const rest = ids.filter((id) => !moved.includes(id));
  if (rest.length === 0) return answers;
  await call.admit();
  for (const [id, answer] of await changeAll(call, rest)) answers.set(id, answer);
  return answers;
}

async function findMoved({ describe, verb }: ChangeCall, ids: readonly string[]): Promise<readonly string[]> {
  const moved: string[] = [];
  for (let start = 0; start < ids.length; start += MAX_LOOKUP_VALUES) {
    const seen = await describe(ids.slice(start, start + MAX_LOOKUP_VALUES));
    for (const { id, state } of seen) if (state === GOAL[verb] || state === ON_THE_WAY[verb]) moved.push(id);
  }
  return moved;
}

function failAll(ids: readonly string[], error: unknown): Map<string, ChangeAnswer> {
  return new Map(ids.map((id) => [id, { error }]));
}

function halves(ids: readonly string[]): readonly (readonly string[])[] {
  const middle = Math.ceil(ids.length / 2);
  return [ids.slice(0, middle), ids.slice(middle)];
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
