/** A target becomes an instance: name -> addresses -> the instances that EC2 shows for them -> exactly one, or none. */
import { parseAddress, type Address } from '../domain/address.ts';
import { alertOf, traitsOf } from '../domain/cause.ts';
import type { Instance, Place } from '../domain/instance.ts';
import type { Intent } from '../domain/intent.ts';
import {
  allAddresses,
  matchBoth,
  matchByAddress,
  matchById,
  matchByName,
  type AddressPolicy,
  type Match,
} from '../domain/match.ts';
import { quote } from '../domain/parsed.ts';
import type { RefusedReason, WaitingReason } from '../domain/reason.ts';
import { hostAsWritten, withoutFinalDot, type Target } from '../domain/target.ts';
import { hear, type Testimony } from '../domain/witness.ts';
import type { LookupBy } from '../ec2/port.ts';
import type { LookUpName } from './name-lookup.ts';
import type { Ec2Batches } from './ec2-batches.ts';
import { searchByAddress, searchById, tellBroken, type Searched } from './search.ts';
import type { EngineSettings } from './settings.ts';

export type Resolution = Resolved | NotResolved;

type NotResolved =
  | { readonly resolution: 'waiting'; readonly reason: WaitingReason; readonly message: string }
  | {
      readonly resolution: 'refused';
      readonly reason: RefusedReason;
      readonly message: string;
      /** DNS knows no such name. While a record or a server is replaced, it may say so for a moment. */
      readonly isUnknownName?: true;
    };

export interface Resolved {
  readonly resolution: 'instance';
  readonly instance: Instance;
  /** The addresses that lead to the instance; none where it was named by its id or its tag. */
  readonly addresses: readonly string[];
  /** The tag `Name`, where that alone leads to the instance. */
  readonly tag?: string;
}

export interface ResolveParts {
  readonly settings: EngineSettings;
  readonly lookUpName: LookUpName;
  readonly describe: Ec2Batches['describe'];
}

/** @throws Ec2Error one that passes, or that of every place: `search.ts` */
export async function resolve(parts: ResolveParts, intent: Intent): Promise<Resolution> {
  const found = await resolveTarget(parts, intent);
  return found.resolution === 'instance' ? agreed(parts, intent, found) : found;
}

/** The machine, unless other labels of the alert speak against it. */
async function agreed(parts: ResolveParts, { target, cause }: Intent, found: Resolved): Promise<Resolution> {
  const witness = alertOf(cause)?.witness;
  if (witness === undefined) return found;
  const objections = hear(witness, target, found.instance).map(async (each) =>
    objectionOf(parts, each, found.instance),
  );
  return (await Promise.all(objections)).find((objection) => objection !== undefined) ?? found;
}

async function objectionOf(
  parts: ResolveParts,
  testimony: Testimony,
  instance: Instance,
): Promise<NotResolved | undefined> {
  if (testimony.testimony === 'fine') return undefined;
  const { reason, message } = testimony;
  if (testimony.testimony === 'against') return refused(reason, message);
  const found = await Promise.all(testimony.names.map(async (name) => nameLeads(parts, name, instance)));
  if (found.includes('there')) return undefined;
  return found.find((each) => each !== 'there' && each !== 'elsewhere') ?? refused(reason, message);
}

/** By `hosts:`, else by DNS. @returns why it could not be looked up, else where it leads */
async function nameLeads(
  { settings, lookUpName }: ResolveParts,
  name: string,
  instance: Instance,
): Promise<'there' | 'elsewhere' | NotResolved> {
  const target = mapped(settings, { kind: 'name', name, text: name });
  if (target.kind === 'instance') return target.id === instance.id ? 'there' : 'elsewhere';
  if (target.kind === 'tag') return 'elsewhere';
  const looked = await addressesOf(target, lookUpName);
  if ('resolution' in looked) return looked.resolution === 'waiting' ? looked : 'elsewhere';
  const own = allAddresses(instance);
  return looked.list.every(({ text }) => own.includes(text)) ? 'there' : 'elsewhere';
}

async function resolveTarget(parts: ResolveParts, intent: Intent): Promise<Resolution> {
  const { settings } = parts;
  const { text } = intent.target;
  const target = mapped(settings, intent.target);
  const regions = [intent.region, 'region' in target ? target.region : undefined].filter(
    (region) => region !== undefined,
  );
  const places = placesFor(settings, intent.account, regions);
  if (places.length === 0) {
    const asked = [...(intent.account === undefined ? [] : [intent.account]), ...regions].join(' and ');
    return refused('unknown_place', `${quote(asked)} is not among the configured regions and accounts`);
  }
  if (target.kind === 'instance') {
    const { found, broken } = await searchById(parts.describe, intent.client, places, target.id);
    if (found.length === 0 && broken.length > 0) return notSearched(text, broken, places);
    return fromMatch(matchById(target.id, found, text));
  }
  const policy = policyFor(settings, intent);
  if (policy === undefined)
    return refused('unknown_place', `${quote(intent.vpc ?? '')} is not among the configured VPCs`);
  if (target.kind === 'tag') {
    const tagged = await searchByTag(parts, intent, target, { places, policy });
    if (tagged === undefined) return refused('not_found', NO_TAG_NAMES);
    // No host can have this name, so only the tag is left, and the message says how it is compared.
    return isNone(tagged)
      ? refused('not_found', `${tagged.message}, by the tag Name in exactly these letters`)
      : fromTag(tagged);
  }
  const addresses = await addressesOf(target, parts.lookUpName);
  const isUnknown = 'resolution' in addresses && addresses.resolution === 'refused' && addresses.isUnknownName === true;
  // Where DNS could not say, or leads to no machine at all, the tag does not count.
  if ('resolution' in addresses && !isUnknown) return addresses;
  const tagged = await searchByTag(parts, intent, target, { places, policy });
  if (tagged !== undefined && 'resolution' in tagged) return tagged;
  if ('resolution' in addresses) {
    if (tagged === undefined) return addresses;
    if (!isNone(tagged)) return fromTag(tagged);
    return { ...addresses, message: `${addresses.message}, and by the tag Name ${tagged.message}` };
  }
  const lookups = addresses.list.flatMap((address) =>
    lookupsFor(address, settings).map((by) => ({ by, value: address.text })),
  );
  const { found, broken } = await searchByAddress(parts.describe, intent.client, places, lookups);
  // A match among the others could not be trusted to be the only one.
  if (broken.length > 0) return notSearched(text, broken, places);
  const byAddress = matchByAddress(addresses.list, found, policy, text);
  return fromMatch(
    byAddress.match === 'one' && tagged !== undefined ? matchBoth(byAddress.instance, tagged, text) : byAddress,
    addresses.list.map((address) => address.text),
  );
}

/** Only where the configuration has changed since the alert came in. */
const NO_TAG_NAMES = 'alerts name machines by the tag Name only with names.from_tags';

function isNone(tagged: Match | NotResolved): tagged is Extract<Match, { match: 'none' }> {
  return 'match' in tagged && tagged.match === 'none' && tagged.reason === 'not_found';
}

/**
 * The machines that carry a text as their tag `Name`; undefined where that is not asked. An address or one of EC2's own names may be such
 * a text, too: images and templates copy tags to machines with other addresses.
 */
async function searchByTag(
  { describe, settings }: ResolveParts,
  { client, cause }: Intent,
  target: Exclude<Target, { kind: 'instance' }>,
  { places, policy }: { readonly places: readonly Place[]; readonly policy: AddressPolicy },
): Promise<Match | NotResolved | undefined> {
  if (!traitsOf(cause).namesByTag && settings.namesFromTags !== true) return undefined;
  // Text that looks like a port may belong to the name: both spellings are looked up, and must lead to one machine.
  const names = target.kind === 'tag' ? [target.name] : [...new Set([hostAsWritten(target), target.text])];
  const lookups = names.map((value) => ({ by: 'name', value }) as const);
  const { found, broken } = await searchByAddress(describe, client, places, lookups);
  if (broken.length > 0) return notSearched(target.text, broken, places);
  return matchByName(names, found, policy, target.text);
}

/** Only the VPC that the alert names is searched; undefined where it is not configured. */
function policyFor({ addresses }: EngineSettings, { vpc }: Intent): AddressPolicy | undefined {
  if (vpc === undefined) return addresses;
  const { vpcs = [] } = addresses;
  return vpcs.length === 0 || vpcs.includes(vpc) ? { ...addresses, vpcs: [vpc] } : undefined;
}

function notSearched(text: string, broken: Searched['broken'], places: readonly Place[]): NotResolved {
  const message = `${quote(text)} could not be looked for in ${tellBroken(broken, places)}`;
  return { resolution: 'waiting', reason: 'place_unreachable', message };
}

/** The configuration's own `hosts:` come before DNS. */
function mapped(settings: EngineSettings, target: Target): Target {
  return target.kind === 'name' ? (settings.hosts.get(withoutFinalDot(target.name)) ?? target) : target;
}

/**
 * Which accounts and regions to search: the configured ones, unless the intent names some of them.
 *
 * @param regions what the intent and the name itself say; when they differ, no place satisfies both
 */
function placesFor(
  settings: EngineSettings,
  account: string | undefined,
  regions: readonly string[],
): readonly Place[] {
  const [region] = regions;
  if (settings.places.length === 0) {
    if (account !== undefined || regions.some((other) => other !== region)) return [];
    return [region === undefined ? {} : { region }];
  }
  return settings.places
    .filter((place) => regions.every((wanted) => wanted === place.region))
    .filter((place) => [undefined, place.account, place.accountNumber].includes(account))
    .map(({ accountNumber: _number, ...place }) => place);
}

async function addressesOf(
  target: Extract<Target, { kind: 'address' | 'name' }>,
  lookUpName: LookUpName,
): Promise<NotResolved | { readonly list: readonly Address[] }> {
  if (target.kind === 'address') return { list: [target.address] };
  const looked = await lookUpName(target.name);
  switch (looked.answer) {
    case 'unknown':
      return {
        resolution: 'refused',
        reason: 'not_found',
        message: `the resolver knows no address of ${quote(target.text)}`,
        isUnknownName: true,
      };
    case 'failed':
      return notLookedUp(target.text, looked.message);
    case 'addresses':
      return parseAll(looked.addresses, target.text);
  }
}

function notLookedUp(name: string, why: string): NotResolved {
  const message = `the resolver could not look up ${quote(name)} (${why})`;
  return { resolution: 'waiting', reason: 'lookup_failed', message };
}

/** An address that no instance can have makes the name useless: it may name this very machine. */
function parseAll(texts: readonly string[], name: string): NotResolved | { readonly list: readonly Address[] } {
  const list: Address[] = [];
  for (const text of texts) {
    const address = parseAddress(text);
    if (!address.ok) return refused('unusable_address', `${quote(name)} leads to ${quote(text)}: ${address.message}`);
    list.push(address.value);
  }
  return list.length === 0 ? refused('not_found', `the resolver knows no address of ${quote(name)}`) : { list };
}

function lookupsFor({ family }: Address, { addresses }: EngineSettings): readonly LookupBy[] {
  if (family === 6) return ['ipv6'];
  return [addresses.secondary ? 'secondary' : 'private', ...(addresses.public ? (['public'] as const) : [])];
}

function fromTag(match: Match | NotResolved): Resolution {
  if ('resolution' in match) return match;
  const tag = match.match === 'one' ? match.instance.tags['Name'] : undefined;
  return { ...fromMatch(match), ...(tag === undefined ? {} : { tag }) };
}

function fromMatch(match: Match, addresses: readonly string[] = []): Resolution {
  return match.match === 'one'
    ? { resolution: 'instance', instance: match.instance, addresses }
    : refused(match.reason, match.message);
}

function refused(reason: RefusedReason, message: string): NotResolved {
  return { resolution: 'refused', reason, message };
}
