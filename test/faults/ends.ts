/** What has become of everything that was acknowledged, as the API tells it. */
import assert from 'node:assert/strict';
import { ENDED_STATES, OPEN_STATES } from '../../src/domain/operation.ts';
import { operationsAnswerSchema, type OperationBody } from '../../src/http/schemas.ts';
import { eventually } from '../support/eventually.ts';
import type { Acknowledged } from './senders.ts';

export interface EndsOptions {
  readonly url: string;
  /** How many alerts were sent: each must be acknowledged. */
  readonly alerts: number;
  readonly acknowledged: readonly Acknowledged[];
  /** Default three minutes: longer than a dead replica's claims and EC2's worst moments. */
  readonly timeoutMs?: number;
  readonly explain?: () => string;
}

/** Waits until nothing is open, and expects an end of every operation that a receipt has named. Counts them by reason. */
export async function everythingEnds(options: EndsOptions): Promise<Readonly<Record<string, number>>> {
  const { url, alerts, acknowledged, timeoutMs = 180_000, explain = () => '' } = options;
  let open: readonly OperationBody[] = [];
  await eventually(
    'every operation has ended',
    async () => {
      const pages = await Promise.all(OPEN_STATES.map(async (state) => listOperations(url, `state=${state}&limit=5`)));
      open = pages.flatMap(({ operations }) => operations);
      return open.length === 0 ? true : undefined;
    },
    { timeoutMs, explain: () => `${explain()}\nopen: ${JSON.stringify(open.slice(0, 5), null, 1)}` },
  );
  const known = await listAll(url);
  const counts: Record<string, number> = {};
  for (let place = 0; place < alerts; place += 1) {
    const named = acknowledged.flatMap((each) => [...(each.get(place) ?? [])]);
    assert.ok(named.length > 0, `alert ${place} was not acknowledged`);
    for (const id of named) {
      const operation = known.get(id);
      assert.ok(operation, `operation ${id} was acknowledged and is missing`);
      const { state, reason = '', message } = operation;
      assert.ok(
        ENDED_STATES.some((ended) => ended === state),
        `operation ${id} is ${state}: ${message}`,
      );
      counts[`${state}/${reason}`] = (counts[`${state}/${reason}`] ?? 0) + 1;
    }
  }
  return counts;
}

async function listAll(url: string): Promise<ReadonlyMap<string, OperationBody>> {
  const known = new Map<string, OperationBody>();
  let cursor: string | undefined;
  do {
    const page = await listOperations(url, `limit=1000${cursor === undefined ? '' : `&cursor=${cursor}`}`);
    for (const operation of page.operations) known.set(operation.id, operation);
    ({ cursor } = page);
  } while (cursor !== undefined);
  return known;
}

/** One page of the API's list. */
export async function listOperations(
  url: string,
  query: string,
): Promise<ReturnType<typeof operationsAnswerSchema.parse>> {
  const response = await fetch(`${url}/api/v1/operations?${query}`, { signal: AbortSignal.timeout(30_000) });
  return operationsAnswerSchema.parse(await response.json());
}

/** That none ended but for these reasons. */
export function onlyEndedBy(counts: Readonly<Record<string, number>>, ...expected: readonly string[]): void {
  const others = Object.keys(counts).filter((end) => !expected.includes(end));
  assert.deepEqual(others, [], `unexpected ends: ${JSON.stringify(counts)}`);
}

/** Done, or left alone because somebody had started the machine again. */
export const GOOD_ENDS = [
  'succeeded/state_reached',
  'succeeded/already_in_state',
  'failed/reverted',
  'refused/stale_alert',
] as const;
