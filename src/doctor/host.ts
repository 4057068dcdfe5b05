/** Checks one machine of `--host`: whether its name leads to it, and whether it could be stopped and started. */
import { describeInstance, type Instance } from '../domain/instance.ts';
import type { Client, Intent } from '../domain/intent.ts';
import { parseHostTarget, parseNameTarget } from '../domain/target.ts';
import { Ec2Error, type Ec2Client } from '../ec2/port.ts';
import type { Ec2Inspector } from '../ec2/inspect.ts';
import { resolve, type Resolution, type ResolveParts } from '../engine/resolve.ts';
import { explainAws } from './aws-error.ts';
import { report, type Finding } from './finding.ts';
import { checkGuards, type GuardQuestion } from './guards.ts';
import { checkInstance, type Evidence } from './instance-checks.ts';
import { checkLiveOn } from './live.ts';
import { nameOf, tryChange } from './permissions.ts';

export interface HostParts {
  readonly resolve: ResolveParts;
  readonly inspector: Ec2Inspector;
  readonly clientOf: (client: Client) => Ec2Client;
  readonly guards: GuardQuestion;
}

export async function checkHost(parts: HostParts, text: string): Promise<readonly Finding[]> {
  const { error } = report('host', text);
  const target = parts.resolve.settings.namesFromTags === true ? parseNameTarget(text) : parseHostTarget(text);
  if (!target.ok) {
    const change =
      'give a host name, an address or an instance id; people may use any tag Name, and alerts too with `names: { from_tags: true }`';
    return [error(target.message, change)];
  }
  const found = await find(parts.resolve, {
    verb: 'stop',
    target: target.value,
    client: parts.guards.client,
    dryRun: true,
    // Alerts may not use every name that people may use.
    cause: { by: 'alert', fingerprint: '', alertname: 'doctor', beganAt: parts.guards.now },
  });
  if ('finding' in found) return [{ ...found.finding, about: text }];
  return checkFound(parts, found.instance, text);
}

/** Finds the instance, or says why it cannot. */
export async function find(
  parts: ResolveParts,
  intent: Intent,
): Promise<{ readonly instance: Instance } | { readonly finding: Finding }> {
  const { error } = report('host', intent.target.text);
  let resolution: Resolution;
  try {
    resolution = await resolve(parts, intent);
  } catch (cause) {
    const { evidence, change } = explainAws(cause, 'own');
    return { finding: error(`could not be looked up: ${evidence}`, change) };
  }
  if (resolution.resolution === 'instance') return { instance: resolution.instance };
  const { message, reason } = resolution;
  return { finding: error(`${message} (${reason})`, CHANGES[reason] ?? 'see the reason') };
}

const CHANGES: Readonly<Record<string, string>> = {
  not_found:
    'check that regions and accounts cover the machine, and that the name leads to its primary private address (addresses.public adds public addresses, addresses.secondary secondary ones); or map the name to an id in `hosts:`, or let alerts use the tag Name with `names: { from_tags: true }`',
  ambiguous:
    'use the instance id, map the name to an id in `hosts:`, or narrow the search with a region or account label',
  unusable_address: 'use another name: no instance can have an address such as 127.0.0.1',
  unknown_place: 'add the region or account to the configuration',
  lookup_failed: 'check that the resolver of this machine answers, or map the name in `hosts:`',
};

async function checkFound(parts: HostParts, instance: Instance, text: string): Promise<readonly Finding[]> {
  const { ok } = report('host', text);
  const place = nameOf(instance.place);
  const findings: Finding[] = [ok(`${describeInstance(instance)} is ${instance.state}, found in ${place}`)];
  findings.push(...checkGuards(parts.guards, instance, text));
  findings.push(...checkLiveOn(instance, parts.resolve.settings.liveOnly, text));
  findings.push(...checkInstance(instance, await gather(parts.inspector, instance), text));
  const ec2 = parts.clientOf(parts.guards.client);
  for (const verb of ['stop', 'start'] as const) findings.push(await tryChange(ec2, verb, instance, text));
  return findings;
}

/** The server never asks for this evidence, so the permissions for it may be missing. */
async function gather(inspector: Ec2Inspector, { place, id, lifecycle, rootDevice }: Instance): Promise<Evidence> {
  const isStopProtected = await attempt(async () => inspector.isStopProtected(place, id));
  const spotRequest = lifecycle === 'spot' ? await attempt(async () => inspector.spotRequest(place, id)) : undefined;
  const volumes = rootDevice === 'ebs' ? await attempt(async () => inspector.volumes(place, id)) : undefined;
  return {
    isStopProtected,
    ...(spotRequest === undefined ? {} : { spotRequest }),
    ...(volumes === undefined ? {} : { volumes }),
  };
}

async function attempt<T>(ask: () => Promise<T>): Promise<{ readonly value: T } | { readonly unknown: string }> {
  try {
    return { value: await ask() };
  } catch (error) {
    if (error instanceof Ec2Error) return { unknown: error.code };
    throw error;
  }
}
