/** Asks the guards, and first gathers what they need to know beyond the intent and the instance. */
import { alertOf, isConfirmed, isOfResolved, type AlertCause } from '../domain/cause.ts';
import { judge, type Judged, type Judgement } from '../domain/guard.ts';
import { LONG_WAIT_MS } from '../domain/guards/moment.ts';
import type { Instance } from '../domain/instance.ts';
import type { Intent } from '../domain/intent.ts';
import { fleetKey, fleetLimitsFor, instanceKey, type Act } from '../domain/limit.ts';
import { allAddresses } from '../domain/match.ts';
import type { NamedMachine } from '../domain/need.ts';
import { NO_EVIDENCE, type Evidence, type Firing } from '../domain/verdict.ts';
import { isNeed, type Word } from '../domain/word.ts';
import type { Standing, Store } from '../store/port.ts';
import { naturalBatch } from './natural-batch.ts';
import type { AskNeed } from './need.ts';
import type { EngineSettings } from './settings.ts';

export interface EvidenceParts {
  readonly settings: EngineSettings;
  readonly readActs: ReadActs;
  readonly readWords: ReadWords;
  /** Whether an alert still fires; absent where no Alertmanager is configured. */
  readonly askFiring?: AskFiring;
  /** Absent where nothing is carried. */
  readonly readStanding?: ReadStanding;
  readonly askNeed: AskNeed;
}

export type AskFiring = (alert: Pick<AlertCause, 'alertname' | 'fingerprint'>) => Promise<Firing>;

/** When the operator itself acted lately, for one ledger key. @throws StoreUnavailableError */
export type ReadActs = (key: string) => Promise<readonly Act[]>;

/** The words of persons about a machine. @throws StoreUnavailableError */
export type ReadWords = (instance: string) => Promise<readonly Word[]>;

/** An intent and its machine, as the guards are asked about them. */
export interface Case {
  /** The operation that is carried: its own place in the ledger does not stand in its way. Absent: none is. */
  readonly operation?: string;
  readonly intent: Intent;
  readonly instance: Instance;
  readonly now: number;
  /** When the operation was asked for. */
  readonly askedAt?: number;
  /** Whether time has gone by since it was asked for: then what was true at that time may not be any more. */
  readonly hasWaited: boolean;
  /** Whether to be told what every guard says, even where one of them decides without the others. */
  readonly isThorough: boolean;
}

export async function judgeWithEvidence(parts: EvidenceParts, about: Case): Promise<Judgement> {
  const { intent, instance, now } = about;
  const context = { intent, instance, now, settings: parts.settings.guards, evidence: NO_EVIDENCE };
  const early = judge(context);
  // An intent that is held back anyway needs no more evidence.
  if (early.verdict.verdict !== 'allow' && !about.isThorough) return early;
  const keys = ledgerKeys(parts.settings, about);
  const machine = { id: instance.id, addresses: allAddresses(instance), name: instance.tags['Name'] };
  const [known, fresh, copies, needed] = await Promise.all([
    Promise.all(keys.map(parts.readActs)),
    askOthers(parts, intent, machine, about.hasWaited),
    readCopies(parts, about),
    neededAt(parts, about),
  ]);
  const others = (acts: readonly Act[] = []) => acts.filter(({ operation }) => operation !== about.operation);
  const acts = new Map(keys.map((key, index) => [key, others(known[index]).map(({ at }) => at)]));
  const told = { ...fresh, ...(needed === undefined ? {} : { needed }) };
  return judge({ ...context, evidence: { acts, ...told, ...copies } });
}

async function readCopies(parts: EvidenceParts, about: Case): Promise<Pick<Evidence, 'copies'>> {
  const { operation, intent, now, askedAt } = about;
  if (operation === undefined || askedAt === undefined || now - askedAt <= LONG_WAIT_MS) return {};
  if (parts.readStanding === undefined || !needsCopies(parts, intent)) return {};
  return copiesOf(parts, intent, askedAt, await parts.readStanding(operation));
}

/** Where no Alertmanager can be asked, the time of the last copy tells whether the sender has forgotten the alert. */
export function copiesOf(
  parts: EvidenceParts,
  intent: Intent,
  askedAt: number,
  standing: Standing | undefined,
): Pick<Evidence, 'copies'> {
  if (!needsCopies(parts, intent)) return {};
  const lastAt = standing?.seenAt;
  return { copies: { askedAt, ...(lastAt === undefined ? {} : { lastAt }) } };
}

function needsCopies({ settings, askFiring }: EvidenceParts, { verb, cause }: Intent): boolean {
  const isAsked = askFiring !== undefined && !settings.guards.off.has('still_firing');
  return verb === 'stop' && alertOf(cause) !== undefined && !isAsked;
}

/** When a person last asked to start the machine that is to be stopped. */
async function neededAt({ readWords }: EvidenceParts, { intent, instance }: Case): Promise<Word | undefined> {
  if (intent.verb !== 'stop') return undefined;
  return (await readWords(instance.id)).find(isNeed);
}

function ledgerKeys({ guards }: EngineSettings, { intent, instance }: Case): readonly string[] {
  const own = guards.off.has('flapping') ? [] : [instanceKey(instance.id, intent.verb)];
  if (intent.verb === 'start') return own;
  return [...own, ...fleetLimitsFor(guards, instance).map(({ only }) => fleetKey(only))];
}

/** Asks those who know of the alert, once more after a wait that no state shows. */
export async function askOthers(
  parts: EvidenceParts,
  intent: Intent,
  machine: NamedMachine,
  hasWaited = true,
): Promise<Pick<Evidence, 'firing' | 'need'>> {
  const [firing, need] = await Promise.all([
    firingOf(parts, { intent, hasWaited }),
    isEndOfNeed(intent) ? parts.askNeed(intent, machine) : undefined,
  ]);
  return { ...(firing === undefined ? {} : { firing }), ...(need === undefined ? {} : { need }) };
}

function isEndOfNeed({ verb, cause }: Intent): boolean {
  return verb === 'stop' && isOfResolved(cause);
}

async function firingOf(
  { settings, askFiring }: EvidenceParts,
  { intent, hasWaited }: Pick<Case, 'intent' | 'hasWaited'>,
): Promise<Firing | undefined> {
  const { verb } = intent;
  const cause = alertOf(intent.cause);
  if (cause === undefined) return undefined;
  const mustConfirm = !isConfirmed(cause);
  if (askFiring === undefined || settings.guards.off.has('still_firing'))
    return mustConfirm ? { firing: 'unasked' } : undefined;
  // A stop because the alert was resolved does not need the alert to fire.
  if (!mustConfirm && (verb !== 'stop' || cause.resolved === true || !hasWaited)) return undefined;
  return askFiring(cause);
}

/** One question to the store for all operations that are looked at together. */
export function createReadActs(store: Pick<Store, 'acts'>, { guards }: EngineSettings, clock: () => number): ReadActs {
  const longestMs = Math.max(guards.flapping.perMs, ...guards.fleetLimits.map(({ perMs }) => perMs));
  const read = naturalBatch<string, readonly Act[]>({
    maxSize: MAX_KEYS,
    run: async (_key, keys) => {
      const acts = await store.acts(keys, clock() - longestMs);
      return keys.map((key) => acts.get(key) ?? []);
    },
  });
  return async (key) => read('', key);
}

const MAX_KEYS = 1_000;

/** How an operation stands at this moment; undefined when it is not this worker's any more. @throws StoreUnavailableError */
export type ReadStanding = (id: string) => Promise<Standing | undefined>;

/** One question to the store for all machines that are looked at together. */
export function createReadWords(store: Pick<Store, 'words'>): ReadWords {
  const read = naturalBatch<string, readonly Word[]>({
    maxSize: MAX_KEYS,
    run: async (_key, instances) => {
      const words = await store.words(instances);
      return instances.map((id) => words.filter(({ instance }) => instance === id));
    },
  });
  return async (instance) => read('', instance);
}

/** One question to the store for all operations that ask together. */
export function createReadStanding(store: Pick<Store, 'standing'>, owner: string): ReadStanding {
  const read = naturalBatch<string, Standing | undefined>({
    maxSize: MAX_KEYS,
    run: async (_key, ids) => {
      const standing = await store.standing(owner, ids);
      return ids.map((id) => standing.get(id));
    },
  });
  return async (id) => read('', id);
}

/** The verdicts for the trail: all of a dry run, otherwise those that say more than a plain yes. */
export function tellVerdicts({ verdicts }: Judgement, all: boolean): readonly Judged[] {
  return all ? verdicts : verdicts.filter(({ verdict, message }) => verdict !== 'allow' || message !== undefined);
}
