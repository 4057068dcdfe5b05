/** Channels: whether each would take messages, whether links lead to the server, and whether people are told about each machine. */
import type { Config } from '../config/schema.ts';
import { notesOnChannels } from '../config/channel-notes.ts';
import { unusableChannelFiles } from '../config-files.ts';
import { openChannels } from '../courier.ts';
import { describeInstance, type Instance, type Place } from '../domain/instance.ts';
import { describeSelector } from '../domain/selector.ts';
import { audienceOf } from '../domain/telling.ts';
import type { Ec2Inspector } from '../ec2/inspect.ts';
import { Ec2Error } from '../ec2/port.ts';
import type { Channel } from '../notify/channel.ts';
import { readBounded } from '../outgoing/read-bounded.ts';
import { tellingSettings } from '../settings.ts';
import { listSome, report, type Finding } from './finding.ts';

export interface ChannelCheckParts {
  readonly config: Config;
  readonly inspector: Pick<Ec2Inspector, 'tagged' | 'sample'>;
  readonly places: readonly Place[];
  readonly clock: () => number;
  /** Whether AWS answers. */
  readonly seesMachines: boolean;
}

const PAGE = 'see docs/channels.md';

/** Sends no message. Nothing where no channels are configured. */
export async function checkChannels(parts: ChannelCheckParts): Promise<readonly Finding[]> {
  const { config, clock, seesMachines } = parts;
  if (config.channels.length === 0) return [];
  const { error, warning } = report('channels');
  const unusable = unusableChannelFiles(config);
  const notes = notesOnChannels(config).map(({ note, remedy }) => warning(note, remedy));
  const files = unusable.map((problem) =>
    error(problem, 'mount a file that this user can read, with the secret in it'),
  );
  const answers = unusable.length > 0 ? [] : await examineAll(config, clock);
  const machines = seesMachines ? [...(await checkSelectors(parts)), ...(await checkAudience(parts))] : [];
  return [...files, ...notes, ...(await checkPublicUrl(config.public_url)), ...answers, ...machines];
}

async function examineAll(config: Config, clock: () => number): Promise<readonly Finding[]> {
  const channels = [...openChannels(config, clock)];
  try {
    return (await Promise.all(channels.map(async ([name, channel]) => examineOne(name, channel)))).flat();
  } finally {
    await Promise.all(channels.map(async ([, channel]) => channel.close?.()));
  }
}

const PATIENCE_MS = 20_000;

async function examineOne(name: string, channel: Channel): Promise<readonly Finding[]> {
  const { ok, info, warning, error } = report('channels', name);
  if (channel.examine === undefined) {
    const change = `run ec2-operator notify test ${name}, and look whether the message arrives`;
    return [info('whether it takes messages shows only when one is sent', change)];
  }
  try {
    return (await channel.examine(AbortSignal.timeout(PATIENCE_MS))).map(({ level, message, remedy = PAGE }) => {
      if (level === 'ok') return ok(message);
      return level === 'warn' ? warning(message, remedy) : error(message, remedy);
    });
  } catch (cause) {
    // Its message may hold the channel's URL, which is a secret.
    return [error(`could not be examined (${cause instanceof Error ? cause.name : 'unknown'})`, PAGE)];
  }
}

const PING_MS = 5_000;
const MAX_BYTES = 64 * 1024;

async function checkPublicUrl(url: string | undefined): Promise<readonly Finding[]> {
  if (url === undefined) return [];
  const { ok, warning } = report('channels.public_url', url);
  try {
    const response = await fetch(`${url}/ping`, { redirect: 'manual', signal: AbortSignal.timeout(PING_MS) });
    const text = response.body === null ? '' : await readBounded(response.body, MAX_BYTES);
    if (response.status === 200 && text.trim() === 'pong') return [ok('leads to an ec2-operator')];
    return [
      warning(
        `${url}/ping answers with status ${response.status}, and not as ec2-operator does`,
        'correct public_url, with its path; if only /l/ leads to the server from there, open the link of a message to be sure',
      ),
    ];
  } catch (cause) {
    return [
      warning(
        `does not answer from here (${codeOf(cause)}): the links in messages lead there`,
        'start the server, or correct public_url; if people reach it and this machine does not, all is well',
      ),
    ];
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause === undefined ? error.name : codeOf(error.cause);
}

/** A selector that matches nothing is mostly misspelt. */
async function checkSelectors({ config, inspector, places }: ChannelCheckParts): Promise<readonly Finding[]> {
  const findings = config.channels.map(async ({ name, only }): Promise<readonly Finding[]> => {
    if (only === undefined) return [];
    const found = await machinesIn(places, async (place) => inspector.tagged(place, only));
    if (found === undefined || found.length > 0) return [];
    const evidence = `there is no machine with ${describeSelector(only)}, so nobody is told anything there`;
    return [report('channels', name).warning(evidence, 'correct its `only`, or tag the machines')];
  });
  return (await Promise.all(findings)).flat();
}

/** The machines that nobody would be told about, among those that are shown first. */
async function checkAudience({ config, inspector, places }: ChannelCheckParts): Promise<readonly Finding[]> {
  const { ok, warning } = report('channels.audience');
  const telling = tellingSettings(config);
  const tag = config.guards.requireTag?.key;
  const found = (await machinesIn(places, async (place) => inspector.sample(place, tag))) ?? [];
  if (found.length === 0) return [];
  const unheard = found.filter((instance) => audienceOf(instance, telling).length === 0);
  if (unheard.length === 0) return [ok(`there is a channel for each of ${found.length} machines`)];
  const some = listSome(unheard.map(describeInstance), 3);
  const owners = telling.channels.some(({ toOwner }) => toOwner)
    ? `give them a tag ${telling.owners.tags.join(' or ')} that makes an address of ${telling.owners.domains.join(' or ')}, or `
    : '';
  return [
    warning(
      `nobody is told about ${unheard.length} of ${found.length} machines: ${some}`,
      `${owners}add a channel without \`only\` that people read; such machines are stopped without a warning`,
    ),
  ];
}

/** @returns undefined when AWS does not say: the other checks tell why */
async function machinesIn(
  places: readonly Place[],
  ask: (place: Place) => Promise<readonly Instance[]>,
): Promise<readonly Instance[] | undefined> {
  try {
    return (await Promise.all(places.map(ask))).flat();
  } catch (error) {
    if (error instanceof Ec2Error) return undefined;
    throw error;
  }
}
