/** Senders that repeat a delivery until it is acknowledged, as Alertmanager does. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { receiptsSchema } from '../../src/http/schemas.ts';
import { delivery, type AlertBody } from '../support/alerts.ts';
import { json } from '../support/operator.ts';
import type { Dice } from './form.ts';
import type { Site } from './site.ts';

/** Which operations were named in the receipts of each alert, by the alert's place in the list. */
export type Acknowledged = ReadonlyMap<number, ReadonlySet<string>>;

export interface Posted {
  readonly acknowledged: Acknowledged;
  /** How often each status came; 0 stands for no answer at all. */
  readonly statuses: ReadonlyMap<number, number>;
}

export interface SendOptions {
  readonly dice: Dice;
  readonly site: Pick<Site, 'urls' | 'closing'>;
  readonly alerts: readonly AlertBody[];
  /** How many send at the same time. Default 4. */
  readonly senders?: number;
  /** The longest pause between two deliveries of a sender, in milliseconds. Default 0. */
  readonly pauseMs?: number;
  /** The most alerts in one delivery. Default 50. */
  readonly most?: number;
}

const TIMEOUT_MS = 15_000;
const GIVE_UP_MS = 120_000;

/** Posts all alerts in deliveries of random size, each to a random replica, and again until a 2xx comes. */
// oxlint-disable-next-line typescript/promise-function-async -- the promise itself is marked, not a copy of it
export function sendAll(options: SendOptions): Promise<Posted> {
  const sending = sendThem(options);
  // Where the campaign fails first, that is what the test has to tell, and not that the senders were cut off.
  sending.catch(() => undefined);
  return sending;
}

async function sendThem(options: SendOptions): Promise<Posted> {
  const { dice, site, alerts, senders = 4, pauseMs = 0, most = 50 } = options;
  const queue = cut(dice, alerts.length, most);
  const acknowledged = new Map<number, Set<string>>();
  const statuses = new Map<number, number>();

  const sendOne = async (places: readonly number[]): Promise<void> => {
    const body = json(delivery(places.map((place) => alerts[place])));
    const deadline = performance.now() + GIVE_UP_MS;
    for (;;) {
      const answer = await post(`${dice.pick(site.urls)}/operateHostname`, body);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (answer.status === 200) return note(places, answer.text);
      assert.ok(answer.status === 0 || answer.status >= 500, `nobody would repeat a ${answer.status}: ${answer.text}`);
      assert.ok(performance.now() < deadline, `not acknowledged in ${GIVE_UP_MS} ms: ${answer.status} ${answer.text}`);
      await pause(dice.between(50, 200), undefined, { signal: site.closing });
    }
  };
  const note = (places: readonly number[], text: string): void => {
    const { receipts } = receiptsSchema.parse(JSON.parse(text));
    assert.equal(receipts.length, places.length, 'a receipt for every alert');
    for (const [index, place] of places.entries()) {
      const operation = receipts[index]?.operation;
      assert.ok(operation, `alert ${place} was not accepted: ${receipts[index]?.message}`);
      acknowledged.set(place, (acknowledged.get(place) ?? new Set()).add(operation));
    }
  };
  const sender = async (): Promise<void> => {
    for (let places = queue.shift(); places !== undefined; places = queue.shift()) {
      await sendOne(places);
      if (pauseMs > 0) await pause(dice.between(0, pauseMs));
    }
  };
  await Promise.all(Array.from({ length: senders }, sender));
  return { acknowledged, statuses };
}

/** Never rejects: a sender that gets no answer knows nothing, and 0 is the status for that. */
export async function post(
  url: string,
  body: RequestInit,
): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const response = await fetch(url, { ...body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    return { status: 0, text: String(error) };
  }
}

function cut(dice: Dice, length: number, most: number): number[][] {
  const places = Array.from({ length }, (_, place) => place);
  const parts: number[][] = [];
  while (places.length > 0) parts.push(places.splice(0, dice.between(1, most)));
  return parts;
}
