/** Asks the guards, and first gathers what they need to know beyond the intent and the instance. */
import { alertOf, isConfirmed, isOfResolved, traitsOf, type AlertCause } from '../domain/cause.ts';
import { EARLY_GUARDS, judge, type Judged, type Judgement } from '../domain/guard.ts';
import { LONG_WAIT_MS } from '../domain/guards/moment.ts';
import type { Instance } from '../domain/instance.ts';
import type { Intent } from '../domain/intent.ts';
import { fleetKey, fleetLimitsFor, instanceKey, timesOf, type Act } from '../domain/limit.ts';
import { allAddresses } from '../domain/match.ts';
import type { NamedMachine } from '../domain/need.ts';
import type { Told } from '../domain/notice.ts';
import { NO_EVIDENCE, type Evidence, type Firing } from '../domain/verdict.ts';
import { SILENCE, type Voice } from '../domain/voice.ts';
import type { Warned } from '../domain/warned.ts';
import { isNeed, type Word } from '../domain/word.ts';
import type { Standing, Store } from '../store/port.ts';
import { naturalBatch } from './natural-batch.ts';
import type { AskNeed } from './need.ts';
import type { EngineSettings } from './settings.ts';

export interface EvidenceParts {
  readonly settings: EngineSettings;
  readonly readActs: ReadActs;
  readonly readWords: ReadWords;
  readonly readVoice: ReadVoice;
  readonly readTold: ReadTold;
  /** Whether an alert still fires; absent where no Alertmanager is configured. */
  readonly askFiring?: AskFiring;
  /** Absent in a plan, which carries nothing. */
  readonly readStanding?: ReadStanding;
  readonly askNeed: AskNeed;
  /** The id of the machine that this process runs on; undefined where that is not known. */
  readonly readOwn: () => Promise<string | undefined>;
}

export type AskFiring = (alert: Pick<AlertCause, 'alertname' | 'fingerprint'>) => Promise<Firing>;

/** When the operator itself acted lately, for one ledger key. @throws StoreUnavailableError */
export type ReadActs = (key: string) => Promise<readonly Act[]>;

/** The words of persons about a machine. @throws StoreUnavailableError */
export type ReadWords = (instance: string) => Promise<readonly Word[]>;

/** The holds, the lease and the pauses of a machine now. @throws StoreUnavailableError */
export type ReadVoice = (instance: string) => Promise<Voice>;

/** The notices of an operation's warnings. @throws StoreUnavailableError */
export type ReadTold = (operation: string) => Promise<readonly Told[]>;

/** How an operation stands at this moment; undefined when this worker does not own it any more. @throws StoreUnavailableError */
export type ReadStanding = (id: string) => Promise<Standing | undefined>;

/** An intent and its machine, as the guards are asked about them. */
export interface Case {
  /** The operation that is carried: its own act in the ledger does not count against it. Absent in a plan. */
  readonly operation?: string;
  readonly intent: Intent;
  readonly instance: Instance;
  readonly now: number;
  /** As `Operation.warned`. */
  readonly warned?: Warned;
  /** When the operation was asked for. */
  readonly askedAt?: number;
  /** Whether time has gone by since the request, so that the alert may be over. */
  readonly hasWaited: boolean;
  /** Whether to ask every guard, even if one of them decides without the others. */
  readonly isThorough: boolean;
}

/** A judgement, and what people said when it was made. */
export interface HeardJudgement extends Judgement {
  readonly heard?: Voice;
}

export async function judgeWithEvidence(parts: EvidenceParts, about: Case): Promise<HeardJudgement> {
  const { intent, instance, now } = about;
  const warned = about.warned === undefined ? {} : { warned: about.warned };
  const context = { intent, instance, now, settings: parts.settings.guards, evidence: NO_EVIDENCE, ...warned };
  const early = judge(context, EARLY_GUARDS);
  if (isEnough(about, early) && !about.isThorough) return early;
  const keys = ledgerKeys(parts.settings, about);
  const machine = { id: instance.id, addresses: allAddresses(instance), name: instance.tags['Name'] };
  const [known, fresh, copies, needed, voice, notices, own] = await Promise.all([
    Promise.all(keys.map(parts.readActs)),
    askOthers(parts, intent, machine, about.hasWaited),
    readCopies(parts, about),
    neededAt(parts, about),
    parts.readVoice(instance.id),
    readNotices(parts, about),
    intent.verb === 'stop' ? parts.readOwn() : undefined,
  ]);
  const others = (acts: readonly Act[] = []) => acts.filter(({ operation }) => operation !== about.operation);
  const acts = new Map(keys.map((key, index) => [key, timesOf(others(known[index]), now)]));
  const told = {
    ...fresh,
    ...notices,
    voice,
    ...(needed === undefined ? {} : { needed }),
    ...(own === undefined ? {} : { own }),
  };
  return { ...judge({ ...context, evidence: { acts, ...told, ...copies } }), heard: voice };
}

/** Without channels nothing is asked. */
async function readNotices(
  { settings, readTold }: EvidenceParts,
  { operation, warned }: Case,
): Promise<Pick<Evidence, 'told'>> {
  if (operation === undefined || warned === undefined || settings.guards.telling.channels.length === 0) return {};
  return { told: await readTold(operation) };
}

/**
 * An intent that is held back anyway needs no more evidence, unless a hold ends the warning that people have had. A person is told at
 * once that the machine is held, and does not wait first for something else.
 */
function isEnough({ intent, warned }: Case, { verdict: { verdict } }: Judgement): boolean {
  if (verdict === 'allow' || warned !== undefined) return false;
  return verdict === 'refuse' || traitsOf(intent.cause).isAutomatic;
}

async function readCopies(parts: EvidenceParts, about: Case): Promise<Pick<Evidence, 'copies'>> {
  const { operation, intent, now, askedAt } = about;
  if (operation === undefined || askedAt === undefined || parts.readStanding === undefined) return {};
  if (now - askedAt <= LONG_WAIT_MS || !needsCopies(parts, intent)) return {};
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

function needsCopies(parts: EvidenceParts, { verb, cause }: Intent): boolean {
  return verb === 'stop' && alertOf(cause) !== undefined && askerOfFiring(parts) === undefined;
}

/** Undefined where no Alertmanager is configured, and where the guard that asks it is off. */
function askerOfFiring({ settings, askFiring }: EvidenceParts): AskFiring | undefined {
  return settings.guards.off.has('still_firing') ? undefined : askFiring;
}

/** When a person last asked to start the machine that is to be stopped. */
async function neededAt({ readWords }: EvidenceParts, { intent, instance }: Case): Promise<Word | undefined> {
  return intent.verb === 'stop' ? (await readWords(instance.id)).find(isNeed) : undefined;
}

function ledgerKeys({ guards }: EngineSettings, { intent, instance }: Case): readonly string[] {
  const own = guards.off.has('flapping') ? [] : [instanceKey(instance.id, intent.verb)];
  if (intent.verb === 'start') return own;
  return [...own, ...fleetLimitsFor(guards, instance).map(({ only }) => fleetKey(only))];
}

/** Asks Alertmanager and Prometheus about the alert. */
export async function askOthers(
  parts: EvidenceParts,
  intent: Intent,
  machine: NamedMachine,
  hasWaited = true,
): Promise<Pick<Evidence, 'firing' | 'need'>> {
  const isEndOfNeed = intent.verb === 'stop' && isOfResolved(intent.cause);
  const [firing, need] = await Promise.all([
    firingOf(parts, intent, hasWaited),
    isEndOfNeed ? parts.askNeed(intent, machine) : undefined,
  ]);
  return { ...(firing === undefined ? {} : { firing }), ...(need === undefined ? {} : { need }) };
}

async function firingOf(
  parts: EvidenceParts,
  { verb, cause }: Intent,
  hasWaited: boolean,
): Promise<Firing | undefined> {
  const alert = alertOf(cause);
  if (alert === undefined) return undefined;
  const mustConfirm = !isConfirmed(alert);
  const askFiring = askerOfFiring(parts);
  if (askFiring === undefined) return mustConfirm ? { firing: 'unasked' } : undefined;
  // A stop because the alert was resolved does not need the alert to fire.
  const isMoot = verb !== 'stop' || alert.resolved === true || !hasWaited;
  return isMoot && !mustConfirm ? undefined : askFiring(alert);
}

export function createReadActs(store: Pick<Store, 'acts'>, { guards }: EngineSettings, clock: () => number): ReadActs {
  const longestMs = Math.max(guards.flapping.perMs, ...guards.fleetLimits.map(({ perMs }) => perMs));
  return readTogether(async (keys) => {
    const acts = await store.acts(keys, clock() - longestMs);
    return (key) => acts.get(key) ?? [];
  });
}

export function createReadWords(store: Pick<Store, 'words'>): ReadWords {
  return readTogether(async (instances) => {
    const words = await store.words(instances);
    return (id) => words.filter(({ instance }) => instance === id);
  });
}

export function createReadVoice(store: Pick<Store, 'voices'>, clock: () => number): ReadVoice {
  return readTogether(async (instances) => {
    const voices = await store.voices(instances, clock());
    return (id) => voices.get(id) ?? SILENCE;
  });
}

export function createReadTold(store: Pick<Store, 'toldOf'>): ReadTold {
  return readTogether(async (operations) => {
    const told = await store.toldOf(operations);
    return (id) => told.get(id) ?? [];
  });
}

export function createReadStanding(store: Pick<Store, 'standing'>, owner: string, clock: () => number): ReadStanding {
  return readTogether(async (ids) => {
    const standing = await store.standing(owner, ids, clock());
    return (id) => standing.get(id);
  });
}

/** A single question to the store for all keys that are asked for at the same time. */
function readTogether<V>(read: (keys: readonly string[]) => Promise<(key: string) => V>): (key: string) => Promise<V> {
  const add = naturalBatch<string, V>({ maxSize: MAX_KEYS, run: async (_key, keys) => keys.map(await read(keys)) });
  return async (key) => add('', key);
}

const MAX_KEYS = 1_000;

/** The verdicts for the trail: all of a dry run, otherwise those that say more than a plain yes. */
export function tellVerdicts({ verdicts }: Judgement, all: boolean): readonly Judged[] {
  return all ? verdicts : verdicts.filter(({ verdict, message }) => verdict !== 'allow' || message !== undefined);
}
