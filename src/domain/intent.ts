/** The intent of an alert or a request, and how its fields are parsed. `labels.ts` says which label means what. */
import { alertOf, type Cause } from './cause.ts';
import { show, unparsed, type Parsed } from './parsed.ts';
import type { InvalidReason } from './reason.ts';
import { describeScopes, isGranted, machinesFor, type Grant } from './scope.ts';
import { onlyKey, type Only } from './selector.ts';
import { parseHostTarget, parseInstanceTarget, parseNameTarget, REGION, targetKey, type Target } from './target.ts';

export const VERBS = ['start', 'stop'] as const;
export type Verb = (typeof VERBS)[number];

export const CLIENTS = ['native', 'cli'] as const;
export type Client = (typeof CLIENTS)[number];

export interface Intent {
  readonly verb: Verb;
  readonly target: Target;
  readonly client: Client;
  readonly dryRun: boolean;
  /** The sender asked for more than a dry run, and `live.only` does not select the machine. */
  readonly notLive?: true;
  /** Narrows the search to one region, and to one configured account (its name or its number). */
  readonly region?: string;
  readonly account?: string;
  /** Narrows the search by address to one VPC. */
  readonly vpc?: string;
  /** The only machines that the sender may act on; absent: any. */
  readonly only?: Only;
  /** A person knows that the machine is held, and stops it all the same. */
  readonly overrideHold?: true;
  /** A person's stop while another operation for the same work waits for a hold, a lease or a pause. */
  readonly apart?: true;
  /** A start that is to run for a while: how long its lease is, in milliseconds. */
  readonly leaseMs?: number;
  /** The person did not say how long: `leases.default` does. */
  readonly leaseByDefault?: true;
  readonly cause: Cause;
}

/** The webhook route, which decides the label of the target. */
export const ROUTES = ['instance', 'hostname'] as const;
export type Route = (typeof ROUTES)[number];

export interface RequestContext {
  readonly route: Route;
  readonly defaultClient: Client;
  /** Whether the tag `Name` may name the machine; absent: only a host name. */
  readonly tagNames?: boolean;
  /** What the sender may do; absent: everything. */
  readonly grants?: readonly Grant[];
}

/** The unparsed fields of one request, from labels or query parameters. */
export interface RawRequest {
  readonly target: unknown;
  /** Where the target stands, for messages. */
  readonly targetSource: string;
  readonly action: unknown;
  readonly client: unknown;
  readonly dryrun: unknown;
  readonly region: unknown;
  readonly account: unknown;
  readonly vpc?: unknown;
  /** Whether a person stops the machine although it is held. */
  readonly overrideHold?: boolean;
}

/** An intent without its cause. */
export type Work = Omit<Intent, 'cause'>;
type Refusal = { readonly ok: false; readonly reason: InvalidReason; readonly message: string };

/** The part of a request that is the same under all settings: they decide only which machine it names, and by which client it is reached. */
export type Ask = Pick<Work, 'verb' | 'dryRun' | 'only'>;

export function parseAsk(
  { action, dryrun }: Pick<RawRequest, 'action' | 'dryrun'>,
  { grants }: Pick<RequestContext, 'grants'>,
): { readonly ok: true; readonly value: Ask } | Refusal {
  const verb = VERBS.find((known) => known === action);
  if (verb === undefined) return refuse('invalid_action', `expected action to be start or stop, got ${show(action)}`);
  if (grants !== undefined && !isGranted(grants, verb))
    return refuse('out_of_scope', `expected a token with the scope ${verb}, got one with ${describeScopes(grants)}`);
  const only = grants === undefined ? undefined : machinesFor(grants, verb);
  return { ok: true, value: { verb, dryRun: parseDryRun(dryrun), ...(only === undefined ? {} : { only }) } };
}

/** Labels and query parameters are parsed by the same rules. */
export function parseRequest(
  raw: RawRequest,
  context: RequestContext,
): { readonly ok: true; readonly value: Work } | Refusal {
  const ask = parseAsk(raw, context);
  if (!ask.ok) return ask;
  const client = isUnset(raw.client) ? context.defaultClient : CLIENTS.find((known) => known === raw.client);
  if (client === undefined)
    return refuse('invalid_client', `expected client to be native or cli, got ${show(raw.client)}`);
  const target = readTarget(raw, context);
  if (!target.ok) return refuse('invalid_target', target.message);
  const region = readWord(raw.region, REGION);
  if (region === null)
    return refuse('invalid_place', `expected region to be an AWS region such as eu-central-1, got ${show(raw.region)}`);
  const account = readWord(raw.account, ACCOUNT);
  if (account === null)
    return refuse('invalid_place', `expected account to be the name or number of an account, got ${show(raw.account)}`);
  return {
    ok: true,
    value: {
      ...ask.value,
      client,
      target: target.value,
      ...(region === undefined ? {} : { region }),
      ...(account === undefined ? {} : { account }),
      ...(typeof raw.vpc === 'string' && VPC.test(raw.vpc) ? { vpc: raw.vpc } : {}),
      ...(raw.overrideHold === true ? { overrideHold: true } : {}),
    },
  };
}

/** A label in any other form is not ours. */
export const VPC = /^vpc-[0-9a-f]{8,17}$/;

export const ACCOUNT = /^[\w.-]{1,64}$/;

/** Undefined: not set. Null: set, but not of the form. */
function readWord(value: unknown, form: RegExp): string | null | undefined {
  if (isUnset(value)) return undefined;
  return typeof value === 'string' && form.test(value) ? value : null;
}

/** Parses like Go's ParseBool. Missing or anything else means true, the safe choice. */
export function parseDryRun(value: unknown): boolean {
  return !['0', 'f', 'F', 'false', 'FALSE', 'False'].some((no) => no === value);
}

/** Equal for the same work: at most one operation is open for it. */
export function workKey(intent: Work & Partial<Pick<Intent, 'cause'>>): string {
  return [
    intent.verb,
    intent.client,
    // The key is about the request: it stays the same where `live.only` makes it a dry run.
    intent.dryRun && intent.notLive !== true ? 'dry' : 'wet',
    intent.account ?? '',
    intent.region ?? '',
    intent.target.kind,
    // A tag may contain the separator.
    intent.target.kind === 'tag' ? encodeURIComponent(intent.target.name) : targetKey(intent.target),
    ...(intent.vpc === undefined ? [] : [intent.vpc]),
    // Senders with different rights must not share an operation: one would act with the other's.
    ...(intent.only === undefined ? [] : [onlyKey(intent.only)]),
    ...(intent.overrideHold === true ? ['override_hold'] : []),
    ...(intent.apart === true ? ['apart'] : []),
    // The stop of a lease goes its own way: alerts that end must not end it, nor it them.
    ...(intent.cause?.by === 'lease' ? [`lease ${intent.cause.lease}`] : []),
  ].join('|');
}

/**
 * Equal for all ways to read one episode of an alert: settings decide what its labels mean, and may change while its operation waits. Senders
 * with different rights end nothing for each other.
 *
 * @param sign by which the alert's episodes are told apart, the end of `episodeKey`
 */
export function alertKey({ verb, dryRun, only }: Ask, sign: string): string {
  return [verb, dryRun ? 'dry' : 'wet', only === undefined ? '' : onlyKey(only), sign].join('|');
}

/** The work key holds the verb, so a firing and a resolved alert have different episodes. */
export function episodeKey(work: Work, sign: string): string {
  return `${workKey(work)}|${sign}`;
}

/** The sign of an episode of this work. */
export function signOf(work: Work, episode: string): string {
  return episode.slice(episodeKey(work, '').length);
}

/** The key of an alert behind an operation. No dated alert has the key of one without a date. */
export function standsBy(intent: Intent): string | undefined {
  const alert = alertOf(intent.cause);
  return alert && (alert.episode ?? `${workKey(intent)}|${alert.fingerprint}|`);
}

function readTarget(raw: RawRequest, { route, tagNames }: RequestContext): Parsed<Target> {
  if (typeof raw.target !== 'string' || raw.target === '') {
    const expected = route === 'hostname' ? 'a host name or IP address' : 'an instance id';
    return unparsed(`expected ${raw.targetSource} to name the machine by ${expected}, got ${show(raw.target)}`);
  }
  if (route === 'instance') return parseInstanceTarget(raw.target);
  return tagNames === true ? parseNameTarget(raw.target) : parseHostTarget(raw.target);
}

/** An empty label or parameter counts as missing. */
export function isUnset(value: unknown): value is undefined | null | '' {
  return value === undefined || value === null || value === '';
}

function refuse(reason: InvalidReason, message: string): Refusal {
  return { ok: false, reason, message };
}
