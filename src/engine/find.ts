/** The machine of an operation. The first look decides which it is; every later look keeps to that machine, by its id. */
import { describeInstance, isGone, type Instance, type ResolvedInstance } from '../domain/instance.ts';
import type { Intent } from '../domain/intent.ts';
import { mayHaveBeenSent, type OpenOperation } from '../domain/operation.ts';
import { quote } from '../domain/parsed.ts';
import { GOAL } from '../domain/progress.ts';
import type { Ec2Batches } from './ec2-batches.ts';
import { resolve, type Resolution, type Resolved, type ResolveParts } from './resolve.ts';

type FindParts = ResolveParts & Pick<Ec2Batches, 'look'>;

export type Found = Resolution | { readonly resolution: 'not_shown' };

/**
 * Once a call may have been sent, only the machine that it was sent for is looked at, wherever its name leads by now.
 *
 * @throws Ec2Error as `resolve`
 */
export async function find(parts: FindParts, operation: OpenOperation): Promise<Found> {
  const { intent, instance } = operation;
  if (instance === undefined) return resolve(parts, intent);
  if (mayHaveBeenSent(operation)) {
    const seen = await parts.look(intent.client, instance.place, instance.id);
    return seen === undefined ? { resolution: 'not_shown' } : byId(seen);
  }
  const resolution = await resolve(parts, intent);
  return leadsTo(resolution, instance) ? resolution : lookAfter(parts, operation, instance, resolution);
}

/** Whether a name or address still leads to this instance. @throws Ec2Error as `resolve` */
export async function stillLeadsTo(parts: ResolveParts, intent: Intent, instance: ResolvedInstance): Promise<boolean> {
  if (intent.target.kind === 'instance') return true;
  const resolution = await resolve(parts, intent);
  return leadsTo(resolution, instance) || (intent.verb === 'start' && leadsNowhere(resolution));
}

function leadsTo(resolution: Resolution, { id }: ResolvedInstance): resolution is Resolved {
  return resolution.resolution === 'instance' && resolution.instance.id === id;
}

function leadsNowhere(resolution: Resolution): boolean {
  return resolution.resolution === 'refused' && resolution.reason === 'not_found';
}

/** The target leads elsewhere, or nowhere: the state of the machine that it led to decides. */
async function lookAfter(
  parts: FindParts,
  { intent }: OpenOperation,
  first: ResolvedInstance,
  resolution: Resolution,
): Promise<Resolution> {
  const { verb, client, target } = intent;
  const isNowhere = leadsNowhere(resolution);
  if (resolution.resolution !== 'instance' && !isNowhere) return resolution;
  const seen = await parts.look(client, first.place, first.id);
  const isThere = seen !== undefined && !isGone(seen);
  if (isNowhere) {
    if (!isThere) return resolution;
    // A stopped machine loses its public address, and often its name. It is still the machine that was meant.
    if (verb === 'start' || seen.state === GOAL.stop || target.kind === 'instance') return byId(seen);
  }
  const led = isThere ? describeInstance(seen) : first.id;
  const leads = resolution.resolution === 'instance' ? describeInstance(resolution.instance) : 'no instance';
  const message = `${quote(target.text)} led to ${led} when it was first looked up, and leads to ${leads} now: no machine was asked to ${verb}. Ask again if it is still wanted`;
  const isUnknownName = resolution.resolution === 'refused' && resolution.isUnknownName === true;
  return { resolution: 'refused', reason: 'moved', message, ...(isUnknownName ? { isUnknownName } : {}) };
}

function byId(instance: Instance): Resolved {
  return { resolution: 'instance', instance, addresses: [] };
}
