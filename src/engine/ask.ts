/** The one place where EC2 is asked to change something, and the last look before that. */
import { alertOf, isSameCause } from '../domain/cause.ts';
import { judge } from '../domain/guard.ts';
import type { Instance } from '../domain/instance.ts';
import { allAddresses } from '../domain/match.ts';
import type { Acting } from '../domain/operation.ts';
import { NO_EVIDENCE } from '../domain/verdict.ts';
import { Ec2Error } from '../ec2/port.ts';
import type { Standing } from '../store/port.ts';
import { askOthers, copiesOf } from './evidence.ts';
import { stillLeadsTo } from './find.ts';
import { isUnopposed, watchStanding } from './watch-standing.ts';
import { isTooLate } from './outcome.ts';
import type { Basis, CarryParts, Step } from './step.ts';

export interface AskBasis extends Basis {
  /** Whether no earlier call may have changed the instance: then its name may still say that another machine is meant. */
  readonly isFirstCall: boolean;
  /** When it was begun to be looked at. Milliseconds of the monotonic clock. */
  readonly since: number;
}

export const NO_BASIS: Basis = { addresses: [], outlook: '' };

export async function ask(parts: CarryParts, acting: Acting, basis: AskBasis): Promise<Step> {
  const { intent, instance } = acting;
  const { verb, dryRun, client } = intent;
  let heard: Heard = {};
  const isStillWanted = async (): Promise<boolean> => {
    const [leadsThere, fresh] = await Promise.all([
      !basis.isFirstCall || leadsThereStill(parts, acting),
      askOthers(parts, intent, { ...instance, addresses: basis.addresses }),
    ]);
    heard = { ...heard, ...fresh };
    return leadsThere;
  };
  const watch = watchStanding(parts, acting.id);
  const isStillRight = async (seen: Instance | undefined): Promise<boolean> => {
    if (!watch.end()) return false;
    const standing = await parts.readStanding(acting.id);
    return isRightNow(parts, acting, basis, { seen, standing, heard });
  };
  const wanted = { verb, id: instance.id, dryRun, since: basis.since, isStillWanted, isStillRight };
  const { requestId } = await watch.during(parts.change(client, instance.place, wanted));
  const at = parts.clock();
  const trail = requestId === undefined ? {} : { requestId };
  if (!dryRun) {
    const message = `EC2 has accepted to ${verb} ${instance.id}`;
    return { event: { type: 'accept', instance, acted: acting.acted, at }, trail: { ...trail, message } };
  }
  const message = `${basis.outlook}; EC2 says that it would have accepted the call`;
  return { event: { type: 'succeed', reason: 'dry_run', message, at }, trail };
}

/** What cannot be looked up now is begun again, and then says why. */
async function leadsThereStill(parts: CarryParts, { intent, instance }: Acting): Promise<boolean> {
  try {
    return await stillLeadsTo(parts, intent, instance);
  } catch (error) {
    if (error instanceof Ec2Error) return false;
    throw error;
  }
}

/** What others say, as far as they were asked. */
type Heard = Awaited<ReturnType<typeof askOthers>>;

interface LastLook {
  readonly seen: Instance | undefined;
  readonly standing: Standing | undefined;
  readonly heard: Heard;
}

/**
 * With the machine, and with what people and alerts say, as they are right before the call. What it is counted by was settled
 * when it was let through. What is no longer as it was begins again, and is then told why.
 */
function isRightNow(
  parts: CarryParts,
  acting: Acting,
  { addresses, tag }: Basis,
  { seen, standing, heard }: LastLook,
): boolean {
  if (!parts.isStillOurs(acting.id) || standing === undefined || !isUnopposed(standing)) return false;
  // A person who has joined meanwhile is whom it is judged by. Another alert is judged with its own evidence.
  const { cause, needed } = standing;
  if (alertOf(cause) !== undefined && !isSameCause(cause, acting.intent.cause)) return false;
  const intent = { ...acting.intent, cause };
  if (isTooLate(parts, { ...acting, intent })) return false;
  if (seen === undefined || seen.launchedAt !== acting.acted.launchedAt) return false;
  // Two machines of one launch have the same launch time: the one that was meant has what has led to it.
  const owned = allAddresses(seen);
  if (!addresses.every((address) => owned.includes(address))) return false;
  if (tag !== undefined && seen.tags['Name'] !== tag) return false;
  const copies = copiesOf(parts, intent, acting.createdAt, standing);
  const told = { ...heard, ...(needed === undefined ? {} : { needed }) };
  const evidence = { ...NO_EVIDENCE, ...told, ...copies };
  const { verdict } = judge({ intent, instance: seen, now: parts.clock(), settings: parts.settings.guards, evidence });
  return verdict.verdict === 'allow' || (intent.dryRun && verdict.verdict === 'wait');
}
