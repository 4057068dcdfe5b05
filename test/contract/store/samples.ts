/** Requests and changes for the contract suite, with everything defaulted that a test does not speak of. */
import assert from 'node:assert/strict';
import type { Cause } from '../../../src/domain/cause.ts';
import { alertKey, signOf, workKey, type Work, type Intent, type Verb } from '../../../src/domain/intent.ts';
import type { Move } from '../../../src/domain/move.ts';
import {
  markSent,
  transition,
  type Acting,
  type Event,
  type OpenOperation,
  type Operation,
} from '../../../src/domain/operation.ts';
import type { Target } from '../../../src/domain/target.ts';
import type { Intended } from '../../../src/domain/intend.ts';
import type { Origin, Receipt, Who } from '../../../src/domain/receipt.ts';
import type { Change, Settled } from '../../../src/domain/change.ts';
import type { Member, NewDelivery, Recorded, Store } from '../../../src/store/port.ts';

/** Some moment, in milliseconds since the epoch: beyond 32 bits, as real ones are. */
export const T0 = 1_800_000_000_000;
export const MINUTE = 60_000;

/** An id that sorts by its number, as UUIDv7 sorts by time. */
export function idOf(number: number): string {
  return `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;
}

export function instanceId(number: number): string {
  return `i-${String(number).padStart(17, '0')}`;
}

interface Wanted {
  readonly verb?: Verb;
  readonly machine?: number;
  /** In place of a machine's id. */
  readonly target?: Target;
  readonly dryRun?: boolean;
  /** The start of the alert's episode. Null: the sender does not say. */
  readonly episode?: string | null;
  readonly person?: string;
}

/** An intent, and the id of the operation that it opens, if it opens one. */
export interface Request {
  readonly id: string;
  readonly intent: Intent;
}

export function request(number: number, wish: Wanted = {}): Request {
  return { id: idOf(number), intent: intentOf(wish) };
}

export const ADA: Who = { name: 'Ada', remote: '10.0.0.7' };
export const ALERTMANAGER: Who = { name: 'alertmanager', remote: '10.0.0.5' };
export const ORIGIN: Origin = { who: ALERTMANAGER, method: 'POST', route: 'hostname', receiver: 'ec2' };
export const DELIVERY = '01900000-0000-7000-9000-000000000001';

/** A delivery of one member for each request. */
export function deliveryOf(requests: readonly Request[], id = DELIVERY): NewDelivery {
  return { id, origin: ORIGIN, members: requests.map((wanted) => memberOf(wanted)) };
}

export function memberOf({ id, intent }: Request, more: Pick<Intended, 'ends'> = {}): Member {
  return { id, asked: { outcome: 'intent', ...identify(intent.cause), intent, ...more } };
}

/** Notes that an episode is over: what a resolved alert does that asks for nothing else. */
export function resolvedOf({ id, intent }: Request): Member {
  const { cause } = intent;
  assert.ok(cause.by === 'alert' && cause.episode !== undefined);
  const { episode } = cause;
  const ends = { episode, alert: alertKey(intent, signOf(intent, episode)), message: 'the alert was resolved' };
  const { fingerprint, alertname } = cause;
  return { id, asked: { outcome: 'ignored', reason: 'resolved', message: 'resolved', fingerprint, alertname, ends } };
}

function identify(cause: Cause): { readonly fingerprint: string; readonly alertname?: string } {
  if (cause.by !== 'alert') return { fingerprint: '' };
  return { fingerprint: cause.fingerprint, alertname: cause.alertname };
}

/** Records deliveries, and sorts out the operations that were cancelled because their alerts are over. */
export async function record(
  store: Store,
  deliveries: readonly NewDelivery[],
  now: number,
): Promise<Recorded & { readonly cancelled: readonly Move[] }> {
  const recorded = await store.recordDeliveries(deliveries, now);
  return { ...recorded, cancelled: recorded.moves.filter(({ before }) => before !== undefined) };
}

/** Puts requests on disk as one delivery, and answers with what the receipts say of each. */
export async function enqueue(
  store: Store,
  requests: readonly Request[],
  now: number,
): Promise<readonly Pick<Receipt, 'outcome' | 'operation'>[]> {
  const { receipts } = await store.recordDeliveries([deliveryOf(requests)], now);
  assert.equal(receipts.length, 1);
  return (receipts[0] ?? []).map(({ outcome, operation }) => ({
    outcome,
    ...(operation === undefined ? {} : { operation }),
  }));
}

export function intentOf(wish: Wanted = {}): Intent {
  const { verb = 'stop', machine = 1, dryRun = false, episode = 'one', person } = wish;
  const text = instanceId(machine);
  const { target = { kind: 'instance', id: text, text } } = wish;
  const asked: Work = { verb, target, client: 'native', dryRun };
  if (person !== undefined) return { ...asked, cause: { by: 'person', name: person, beganAt: T0 } };
  const fingerprint = 'feedfacefeedface';
  const cause: Cause = {
    by: 'alert',
    fingerprint,
    alertname: 'GpuIdle',
    beganAt: T0,
    ...(episode === null ? {} : { episode: `${workKey(asked)}|${fingerprint}|${episode}` }),
  };
  return { ...asked, cause };
}

/** What `settle` answers for a change that nothing stood in the way of. */
export const WRITTEN: Settled = { outcome: 'written', moves: [] };

/** Settles changes. What is answered leaves out their own moves, which `moves.ts` compares: the moves of others remain. */
export async function settle(store: Store, owner: string, changes: readonly Change[]): Promise<readonly Settled[]> {
  const answers = await store.settle(owner, changes);
  return answers.map((answer, index) => {
    if (answer.outcome !== 'written') return answer;
    return { ...answer, moves: answer.moves.filter(({ after }) => after.id !== changes[index]?.after.id) };
  });
}

/** The change that an event makes, told in the trail. */
export function change(before: OpenOperation, event: Event, availableAt?: number): Change {
  const after = transition(before, event);
  return {
    before,
    after,
    at: T0,
    ...(availableAt === undefined ? {} : { availableAt }),
    entry: { at: T0, event: 'state', state: after.state },
  };
}

export function act(machine: number): Event {
  return {
    type: 'act',
    instance: { id: instanceId(machine), place: { account: '123456789012', region: 'eu-central-1' } },
    acted: { launchedAt: T0 - 60 * MINUTE, stateReason: 'Client.UserInitiatedShutdown' },
  };
}

/** Waiting, with the instance known. */
export function wait(machine: number, until: number): Event {
  const { instance } = act(machine);
  return { type: 'wait', until, reason: 'retry', message: 'later', ...(instance === undefined ? {} : { instance }) };
}

export const ENDINGS = {
  succeeded: { type: 'succeed', reason: 'state_reached', message: 'it is stopped', at: T0 },
  refused: { type: 'refuse', reason: 'opt_out', message: 'left alone', at: T0 },
  failed: { type: 'fail', reason: 'deadline', message: 'too late', at: T0 },
  cancelled: { type: 'cancel', reason: 'by_person', message: 'not needed', at: T0 },
} as const satisfies Record<string, Event>;

export const WORKER = 'worker-1';

/** Claims everything that is due, for an hour. */
export async function claimAll(store: Store, owner = WORKER, now = T0): Promise<readonly OpenOperation[]> {
  return (await store.claim({ owner, now, until: now + 60 * MINUTE, limit: 1000 })).operations;
}

/** Records a request and claims it. */
export async function take(store: Store, wanted: Request, now = T0, owner = WORKER): Promise<OpenOperation> {
  await enqueue(store, [wanted], now);
  const claimed = (await claimAll(store, owner, now)).find(({ id }) => id === wanted.id);
  assert.ok(claimed, `${wanted.id} was not to be claimed`);
  return claimed;
}

/** Moves a claimed operation on, and answers with it as it then is. */
export async function move(
  store: Store,
  before: OpenOperation,
  event: Event,
  availableAt?: number,
  owner = WORKER,
): Promise<Operation> {
  const wanted = change(before, event, availableAt);
  assert.deepEqual(await settle(store, owner, [wanted]), [WRITTEN]);
  return wanted.after;
}

/** Marks an operation as sent, and answers with it as it then is. */
export async function send(store: Store, acting: Operation, at = T0, owner = WORKER): Promise<Acting> {
  assert.ok(acting.state === 'acting');
  const { id, instance } = acting;
  const answers = await store.send(owner, [{ id, instance: instance.id, whyNot: () => undefined }], at);
  assert.deepEqual(answers, [{ outcome: 'go', sentAt: at }]);
  return markSent(acting, at);
}

/** Moves a claimed operation on until its call is being made. */
export async function call(store: Store, before: OpenOperation, machine: number): Promise<Acting> {
  return send(store, await move(store, before, act(machine)));
}

export async function stateOf(store: Store, id: string): Promise<string | undefined> {
  return (await store.find(id))?.state;
}
