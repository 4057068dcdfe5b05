/** The one place where EC2 is asked to change something, and the last look before that. */
import { retryDelayMs } from '../domain/backoff.ts';
import { isSameCause, nameCause, traitsOf } from '../domain/cause.ts';
import { judge } from '../domain/guard.ts';
import { describeInstance, isGone, type Instance } from '../domain/instance.ts';
import { allAddresses } from '../domain/match.ts';
import { markSent, type Acting } from '../domain/operation.ts';
import { quote } from '../domain/parsed.ts';
import { NO_EVIDENCE } from '../domain/verdict.ts';
import { Ec2Error } from '../ec2/port.ts';
import type { SendRequest, Standing } from '../store/port.ts';
import { afterError } from './after-error.ts';
import type { ActAnswer } from './ec2-batches.ts';
import { askOthers, copiesOf } from './evidence.ts';
import { stillLeadsTo } from './find.ts';
import { whyLiveChanged } from './live.ts';
import { watchStanding, whyOpposed } from './watch-standing.ts';
import { isTooLate } from './outcome.ts';
import type { Basis, CarryParts, Step } from './step.ts';

export interface AskBasis extends Basis {
  /** Whether no earlier call may have changed the instance: then its name may still lead to another machine. */
  readonly isFirstCall: boolean;
  /** When carrying began. Milliseconds of the monotonic clock. */
  readonly since: number;
}

export const NO_BASIS: Basis = { addresses: [], outlook: '' };

/** The operation as it has become, and the step that its call leads to. */
export interface Asked {
  readonly asked: Acting;
  readonly step: Step;
}

export async function ask(parts: CarryParts, acting: Acting, basis: AskBasis): Promise<Asked> {
  const { intent, instance } = acting;
  const { verb, dryRun, client } = intent;
  let asked = acting;
  let nothingChanged = basis.isFirstCall;
  let heard: Heard = {};
  const whyUnwanted = async (): Promise<string | undefined> => {
    const [why, fresh] = await Promise.all([
      basis.isFirstCall ? whyElsewhere(parts, acting) : undefined,
      askOthers(parts, intent, { ...instance, addresses: basis.addresses }),
    ]);
    heard = { ...heard, ...fresh };
    return why;
  };
  const watch = watchStanding(parts, acting.id);
  const toSend = (seen: Instance | undefined): SendRequest => {
    const why = watch.end();
    const latest = { seen, heard };
    const whyNot = (standing: Standing | undefined): string | undefined =>
      why ?? whatChanged(parts, acting, basis, { ...latest, standing });
    return { id: acting.id, instance: instance.id, whyNot };
  };
  const onSent = (at: number): void => {
    asked = markSent(acting, at);
  };
  const onLeftOpen = (): void => {
    nothingChanged = false;
  };
  const wanted = { verb, id: instance.id, dryRun, since: basis.since, whyUnwanted, toSend, onSent, onLeftOpen };
  try {
    const answer = await watch.during(parts.act(client, instance.place, wanted));
    return { asked, step: toStep(parts, asked, answer, { outlook: basis.outlook, nothingChanged }) };
  } catch (error) {
    return { asked, step: afterError(parts, asked, error, nothingChanged ? 'first_act' : 'later_act') };
  }
}

function toStep(
  parts: CarryParts,
  { intent, instance, acted, attempts }: Acting,
  answer: ActAnswer,
  { outlook, nothingChanged }: { readonly outlook: string; readonly nothingChanged: boolean },
): Step {
  const at = parts.clock();
  if (answer.outcome === 'held_back') {
    const until = at + retryDelayMs(attempts, 0, parts.random());
    const message = `right before the call: ${answer.why}; everything is checked again`;
    return { event: { type: 'wait', until, reason: 'changed_meanwhile', message, nothingChanged } };
  }
  const trail = answer.requestId === undefined ? {} : { requestId: answer.requestId };
  if (intent.dryRun) {
    const message = `${outlook}; EC2 says that it would have accepted the call`;
    return { event: { type: 'succeed', reason: 'dry_run', message, at }, trail };
  }
  const message = `EC2 has accepted to ${intent.verb} ${instance.id}`;
  return { event: { type: 'accept', instance, acted, at }, trail: { ...trail, message } };
}

/** @returns that the target leads elsewhere by now, or cannot be looked up, for people */
async function whyElsewhere(parts: CarryParts, { intent, instance }: Acting): Promise<string | undefined> {
  const target = quote(intent.target.text);
  try {
    return (await stillLeadsTo(parts, intent, instance)) ? undefined : `${target} no longer leads to ${instance.id}`;
  } catch (error) {
    if (error instanceof Ec2Error) return `${target} could not be looked up again: ${error.message}`;
    throw error;
  }
}

/** The latest answers of Alertmanager and Prometheus, as far as they were asked. */
type Heard = Awaited<ReturnType<typeof askOthers>>;

interface Latest {
  readonly seen: Instance | undefined;
  readonly standing: Standing | undefined;
  readonly heard: Heard;
}

/**
 * Compares the machine, and what people and alerts say, with what the guards were asked about. Limits are not counted again:
 * that was done when the act was written.
 *
 * @returns what has changed, for people; undefined when the call is still right
 */
function whatChanged(
  parts: CarryParts,
  acting: Acting,
  { addresses, tag }: Basis,
  { seen, standing, heard }: Latest,
): string | undefined {
  const opposed = whyOpposed(parts.isStillOurs(acting.id) ? standing : undefined);
  if (opposed !== undefined || standing === undefined) return opposed;
  // A person who has joined meanwhile is judged by her own cause. Any other cause is judged with its own evidence.
  const { cause, needed } = standing;
  if (!traitsOf(cause).isWord && !isSameCause(cause, acting.intent.cause)) return `${nameCause(cause)} asks for it now`;
  const intent = { ...acting.intent, cause };
  if (isTooLate(parts, { ...acting, intent })) return 'the time to give up (give_up_after) has come';
  if (seen === undefined) return `EC2 does not show ${acting.instance.id}`;
  const named = describeInstance(seen);
  if (isGone(seen)) return `${named} is ${seen.state}`;
  if (seen.launchedAt !== acting.acted.launchedAt) return `${named} has been launched again`;
  // Two machines of one launch have the same launch time. Only the address or tag that led here tells them apart.
  const owned = allAddresses(seen);
  const lost = addresses.find((address) => !owned.includes(address));
  if (lost !== undefined) return `${named} no longer has the address ${lost}`;
  if (tag !== undefined && seen.tags['Name'] !== tag) return `${named} no longer has the tag Name=${quote(tag)}`;
  const copies = copiesOf(parts, intent, acting.createdAt, standing);
  const { voice, told } = standing;
  const evidence = {
    ...NO_EVIDENCE,
    ...heard,
    voice,
    ...(needed === undefined ? {} : { needed }),
    ...(told === undefined ? {} : { told }),
    ...copies,
  };
  const liveChanged = whyLiveChanged(parts.settings, intent, seen);
  if (liveChanged !== undefined) return liveChanged;
  const { warned } = acting;
  const { verdict } = judge({
    intent,
    instance: seen,
    now: parts.clock(),
    settings: parts.settings.guards,
    evidence,
    ...(warned === undefined ? {} : { warned }),
  });
  return verdict.verdict === 'allow' || (intent.dryRun && verdict.verdict === 'wait') ? undefined : verdict.message;
}
