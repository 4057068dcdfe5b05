/**
 * The answers of people without a token: they come by a link, or from Slack. Each goes the way of all requests, under the same rules
 * and into the same audit. Whether the person may ask for it was decided before.
 */
import { limitsOn, type HoldSettings } from '../domain/admit-hold.ts';
import type { Instance, InstanceState, Place } from '../domain/instance.ts';
import type { Client, Intent, Verb } from '../domain/intent.ts';
import type { AskedLease } from '../domain/lease.ts';
import type { Operation } from '../domain/operation.ts';
import type { Who } from '../domain/receipt.ts';
import { readCancel, tooLate, type CancelOutcome, type TooLate } from '../domain/too-late.ts';
import type { Hold } from '../domain/voice.ts';
import type { Store } from '../store/port.ts';
import { holdMachine, type HoldParts } from './hold-machine.ts';
import type { Locate } from './locate.ts';
import { requestOperation, type RequestParts } from './request-operation.ts';

export interface AnswerParts extends HoldParts, RequestParts {
  readonly store: Pick<Store, 'hold' | 'cancel'>;
  readonly locate: Locate;
  readonly holds: HoldSettings;
  readonly client: Client;
  /** How long the lease of a person's start is if she does not say; absent: no lease. In milliseconds. */
  readonly defaultLeaseMs?: number;
}

/** A person who answers, as the link or the vendor names her. */
export interface Answerer {
  readonly name: string;
  /** Where the answer comes from: a network address, or a place at the vendor. */
  readonly remote: string;
  readonly via: 'link' | 'slack';
}

/** The machine that a message was about. */
export interface AnsweredMachine extends Place {
  readonly id: string;
  readonly name?: string;
}

export type KeepAnswer =
  | {
      readonly answer: 'kept';
      readonly hold: Hold;
      /** How much longer the machine may be held in 7 days, where the rules limit that. In milliseconds. */
      readonly leftMs?: number;
      /** The machine does not run, and the hold does not start it. */
      readonly idle?: InstanceState;
    }
  /** The hold is made, and a stop was sent before it. */
  | { readonly answer: 'too_late'; readonly hold: Hold; readonly tooLate: TooLate }
  | { readonly answer: 'refused'; readonly message: string };

/** `message` is the operation's own sentence. */
export type AskAnswer =
  /** EC2 has accepted the call, or the operation goes on. */
  | { readonly answer: 'asked'; readonly operation: Operation }
  /** The machine is in that state already. */
  | { readonly answer: 'already'; readonly operation: Operation }
  /** The operation has ended without success. */
  | { readonly answer: 'refused'; readonly operation: Operation; readonly message: string };

export interface Answers {
  /** By a link, a hold only grows: the answer has its later end. @param until milliseconds since the epoch */
  keep(machine: AnsweredMachine, until: number, by: Answerer): Promise<KeepAnswer>;
  /** @param waitMs how long the answer may wait for EC2's @param lease how long the machine is to run, within the rules; absent: the default */
  wake(machine: AnsweredMachine, by: Answerer, waitMs: number, lease?: AskedLease): Promise<AskAnswer>;
  stop(machine: AnsweredMachine, by: Answerer, waitMs: number): Promise<AskAnswer>;
  /** @returns undefined when there is no such operation */
  cancel(operation: string, by: Answerer): Promise<CancelOutcome | undefined>;
}

export function createAnswers(parts: AnswerParts): Answers {
  return {
    keep: async (machine, until, by) => keep(parts, machine, until, by),
    wake: async (machine, by, waitMs, lease) =>
      ask({ ...parts, ...(lease && { lease }) }, 'start', machine, by, waitMs),
    stop: async (machine, by, waitMs) => ask(parts, 'stop', machine, by, waitMs),
    cancel: async (operation, by) => {
      const cancelled = await parts.store.cancel(operation, whoOf(by), parts.clock());
      return cancelled === undefined ? undefined : readCancel(cancelled.operation);
    },
  };
}

const LONGEST_NAME = 80;

/** As records and messages name her. No token's name has a space or a colon, so nobody is taken for the holder of a token. */
export function whoOf({ name, remote, via }: Answerer): Who {
  const shown = name.replaceAll(/\s+/gu, ' ').replaceAll(/\p{C}/gu, '').trim();
  const cut = shown.slice(0, LONGEST_NAME);
  return { name: via === 'link' ? `${cut} (by link)` : `slack:${cut}`, remote };
}

async function keep(
  parts: AnswerParts,
  machine: AnsweredMachine,
  until: number,
  answerer: Answerer,
): Promise<KeepAnswer> {
  const by = whoOf(answerer);
  const lookedAt = parts.clock();
  const { id, name: known, ...place } = machine;
  const located = await parts.locate({ target: { kind: 'instance', id, text: id }, ...place });
  if (located.located === 'refused') return { answer: 'refused', message: located.message };
  // A hold is written even when EC2 cannot be asked.
  const described = located.located === 'machine' ? located.instance : undefined;
  const name = described === undefined ? known : described.tags['Name'];
  const answer = await holdMachine(parts, {
    instance: id,
    place: described?.place ?? place,
    ...(name === undefined || name === '' ? {} : { name }),
    holder: by.name,
    until,
    by,
    limits: limitsOn(described, parts.holds),
    lookedAt,
    // All readers of a channel answer by its link, under one name.
    onlyLater: answerer.via === 'link',
  });
  if (answer.outcome === 'refused') return { answer: 'refused', message: answer.message };
  const { hold, leftMs } = answer;
  const [sent] = answer.sent;
  if (sent !== undefined) return { answer: 'too_late', hold, tooLate: tooLate('stop', sent) };
  const idle = idleState(described);
  return {
    answer: 'kept',
    hold,
    ...(leftMs === undefined ? {} : { leftMs }),
    ...(idle === undefined ? {} : { idle }),
  };
}

function idleState(described: Instance | undefined): InstanceState | undefined {
  return described?.state === 'running' || described?.state === 'pending' ? undefined : described?.state;
}

async function ask(
  parts: AnswerParts & { readonly lease?: AskedLease },
  verb: Verb,
  { id, region, account }: AnsweredMachine,
  by: Answerer,
  waitMs: number,
): Promise<AskAnswer> {
  const { client, clock, defaultLeaseMs } = parts;
  const byDefault = defaultLeaseMs === undefined ? {} : { leaseMs: defaultLeaseMs, leaseByDefault: true as const };
  const who = whoOf(by);
  const intent: Intent = {
    verb,
    client,
    dryRun: false,
    target: { kind: 'instance', id, text: id },
    ...(region === undefined ? {} : { region }),
    ...(account === undefined ? {} : { account }),
    ...(verb === 'stop' ? {} : (parts.lease ?? byDefault)),
    cause: { by: 'person', name: `${who.name} at ${who.remote}`, beganAt: clock() },
  };
  const origin = { who, method: 'GET', route: 'instance' } as const;
  return answerOf(await requestOperation(parts, { origin, intent }, waitMs));
}

function answerOf(operation: Operation): AskAnswer {
  switch (operation.state) {
    case 'queued':
    case 'waiting':
    case 'acting':
    case 'verifying':
      return { answer: 'asked', operation };
    case 'succeeded':
      return { answer: operation.reason === 'already_in_state' ? 'already' : 'asked', operation };
    case 'refused':
    case 'failed':
    case 'cancelled':
      return { answer: 'refused', operation, message: operation.message };
  }
}
