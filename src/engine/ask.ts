/** The one place where EC2 is asked to change something, and the last look before that. */
import { judge } from '../domain/guard.ts';
import type { Instance } from '../domain/instance.ts';
import { allAddresses } from '../domain/match.ts';
import type { Acting } from '../domain/operation.ts';
import { NO_EVIDENCE, type Evidence } from '../domain/verdict.ts';
import { Ec2Error } from '../ec2/port.ts';
import { askAgain } from './evidence.ts';
import { stillLeadsTo } from './find.ts';
import { isTooLate } from './outcome.ts';
import type { Basis, CarryParts, Step } from './step.ts';

export interface AskBasis extends Basis {
  /** Whether no earlier call may have changed the instance: then its name may still say that another machine is meant. */
  readonly isFirstCall: boolean;
}

export const NO_BASIS: Basis = { addresses: [], outlook: '' };

export async function ask(parts: CarryParts, acting: Acting, basis: AskBasis): Promise<Step> {
  const { intent, instance } = acting;
  const { verb, dryRun, client } = intent;
  let evidence = NO_EVIDENCE;
  const isStillWanted = async (waitedMs: number): Promise<boolean> => {
    if (waitedMs <= FRESH_MS) return true;
    if (await parts.isResolved(acting.id)) return false;
    const [leadsThere, firing] = await Promise.all([
      !basis.isFirstCall || leadsThereStill(parts, acting),
      askAgain(parts, intent),
    ]);
    if (firing !== undefined) evidence = { ...NO_EVIDENCE, firing };
    return leadsThere;
  };
  const isStillRight = (seen: Instance | undefined): boolean => isRightNow(parts, acting, seen, basis, evidence);
  const wanted = { verb, id: instance.id, dryRun, isStillWanted, isStillRight };
  const { requestId } = await parts.change(client, instance.place, wanted);
  const at = parts.clock();
  const trail = requestId === undefined ? {} : { requestId };
  if (!dryRun) {
    const message = `EC2 has accepted to ${verb} ${instance.id}`;
    return { event: { type: 'accept', instance, acted: acting.acted, at }, trail: { ...trail, message } };
  }
  const message = `${basis.outlook}; EC2 says that it would have accepted the call`;
  return { event: { type: 'succeed', reason: 'dry_run', message, at }, trail };
}

/** For how long what was known of the alert and of the name holds, in milliseconds. */
const FRESH_MS = 2_000;

/** What cannot be looked up now is begun again, and then says why. */
async function leadsThereStill(parts: CarryParts, { intent, instance }: Acting): Promise<boolean> {
  try {
    return await stillLeadsTo(parts, intent, instance);
  } catch (error) {
    if (error instanceof Ec2Error) return false;
    throw error;
  }
}

/** Asked with the instance as it is right before the call. What it is counted by was settled when it was let through. */
function isRightNow(
  parts: CarryParts,
  acting: Acting,
  seen: Instance | undefined,
  { addresses }: Basis,
  evidence: Evidence,
): boolean {
  const { intent, acted } = acting;
  if (!parts.isStillOurs(acting.id) || isTooLate(parts, acting)) return false;
  if (seen === undefined || seen.launchedAt !== acted.launchedAt) return false;
  // Two machines of one launch have the same launch time: the one that was meant has the address that led to it.
  const owned = allAddresses(seen);
  if (!addresses.every((address) => owned.includes(address))) return false;
  const { verdict } = judge({ intent, instance: seen, now: parts.clock(), settings: parts.settings.guards, evidence });
  return verdict.verdict === 'allow' || (intent.dryRun && verdict.verdict === 'wait');
}
