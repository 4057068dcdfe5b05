/** A whole look at the machines of one place: all pages of the survey, and the machines that operations have named. */
import type { Instance, InstanceState, Place } from '../domain/instance.ts';
import { LAG_MS } from '../domain/operation.ts';
import type { QuotaAction } from '../domain/quota-level.ts';
import type { SurveyFilter } from '../domain/survey-filter.ts';
import { blamedIds, isThrottled } from '../ec2/error-table.ts';
import { Ec2Error, MAX_KNOWN_IDS, type Ec2Client } from '../ec2/port.ts';
import type { Quota } from '../ec2/quota.ts';
import type { Store } from '../store/port.ts';
import type { SeenRecorder } from './record-seen.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface LookParts {
  readonly store: Pick<Store, 'forgetUnseen'>;
  readonly recorder: Pick<SeenRecorder, 'record'>;
  /** The engine's other calls are made by a client that reports what it sees; this one is not. */
  readonly client: Pick<Ec2Client, 'survey' | 'describe'>;
  readonly quota: Pick<Quota, 'admitSpare' | 'throttled'>;
  readonly filter: SurveyFilter;
  readonly clock: () => number;
}

interface TurnParts extends LookParts {
  readonly inTurn: <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** Whether this replica still has the watch. */
  readonly mayGoOn: () => boolean;
}

/**
 * @param named the ids of machines in this place that are watched in any case
 * @throws Ec2Error, what the store throws, and the signal's reason
 */
type PlaceLook = (named: readonly string[], signal: AbortSignal) => Promise<Looked>;

export interface Looked {
  /** Of all machines that were shown. */
  readonly states: readonly InstanceState[];
  /** The place with its region; undefined while that is not known. */
  readonly shownAs: Place | undefined;
}

/** @param isSurveyed false for a place where only named machines are watched */
export function createPlaceLook(parts: TurnParts, place: Place, isSurveyed: boolean): PlaceLook {
  const { store, recorder, client, quota, filter, clock } = parts;
  /** Named machines that EC2 does not know any more: ids are never used again. */
  const gone = new Set<string>();
  /** The place as the machines name it, where its region is the AWS client's own. */
  let shownAs = place.region === undefined ? undefined : place;

  return async (named, signal) => {
    const lookedAt = clock();
    const states = new Map<string, InstanceState>();

    const ask = async <T>(action: QuotaAction, call: () => Promise<T>): Promise<T> => {
      await unlessAborted(quota.admitSpare(place, action), signal);
      if (!parts.mayGoOn()) throw new Error('another replica has the watch');
      try {
        return await unlessAborted(parts.inTurn(call, signal), signal);
      } catch (error) {
        if (isThrottled(error)) quota.throttled(place, action, 1);
        throw error;
      }
    };
    const record = async (instances: readonly Instance[], at: number): Promise<void> => {
      await recorder.record(instances, at);
      for (const { id, state } of instances) states.set(id, state);
      shownAs ??= instances.at(0)?.place;
    };

    const survey = async (): Promise<void> => {
      let next: string | undefined;
      do {
        const [at, page] = await ask(
          'describe',
          async () => [clock(), await client.survey(place, filter, next)] as const,
        );
        await record(page.instances, at);
        if (page.next !== undefined && page.next === next) throw samePage();
        next = page.next;
      } while (next !== undefined);
    };
    const describeNamed = async (ids: readonly string[]): Promise<void> => {
      const left = ids.filter((id) => !gone.has(id));
      if (left.length === 0) return;
      try {
        const [at, found] = await ask(
          'look',
          async () => [clock(), await client.describe(place, 'known', left)] as const,
        );
        await record(found, at);
      } catch (error) {
        if (!(error instanceof Ec2Error) || error.code !== 'InvalidInstanceID.NotFound') throw error;
        const blamed = blamedIds(error).filter((id) => left.includes(id));
        if (blamed.length === 0) throw error;
        for (const id of blamed) gone.add(id);
        await describeNamed(left);
      }
    };

    if (isSurveyed) await survey();
    const others = named.filter((id) => !states.has(id));
    for (let start = 0; start < others.length; start += MAX_KNOWN_IDS) {
      await describeNamed(others.slice(start, start + MAX_KNOWN_IDS));
    }
    if (shownAs !== undefined) {
      // EC2 may have shown a machine as it was before its last change, which does not count as a sighting of it.
      await store.forgetUnseen(shownAs, lookedAt - LAG_MS, clock());
    }
    return { states: [...states.values()], shownAs };
  };
}

function samePage(): Ec2Error {
  return new Ec2Error('ClientOutput', 'DescribeInstances: expected another page, got the token of the same one');
}
