/** `/api/v1/holds`: who keeps which machine running, and until when. */
import { limitsOn, LONGEST_EVER_MS, type HoldLimits } from '../../domain/admit-hold.ts';
import { describeInstance, type Instance } from '../../domain/instance.ts';
import { isGranted, machinesFor } from '../../domain/scope.ts';
import { INSTANCE_ID } from '../../domain/target.ts';
import { tooLate } from '../../domain/too-late.ts';
import { holdMachine } from '../../engine/hold-machine.ts';
import type { Sender } from '../auth/sender.ts';
import { findMachine } from '../find-machine.ts';
import {
  cursorOf,
  endOf,
  ONE_END,
  showHold,
  type HoldBody,
  type HoldsAnswer,
  type HoldsQuery,
  type NewHoldAnswer,
  type ReleasedAnswer,
  type ReleaseParams,
  type ReleaseQuery,
} from '../hold-schemas.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import type { SenderInput } from '../route.ts';
import { showTooLate } from '../show-operation.ts';

export async function hold(parts: HttpParts, input: SenderInput<unknown, unknown, HoldBody>): Promise<Response> {
  return Response.json(await makeHold(parts, input), { status: 201 });
}

/** @throws ProblemError for what is not understood, or not allowed */
export async function makeHold(
  parts: HttpParts,
  { sender, remote, body }: Pick<SenderInput<unknown, unknown, HoldBody>, 'sender' | 'remote' | 'body'>,
): Promise<NewHoldAnswer> {
  const lookedAt = parts.clock();
  const { described, id, ...about } = await findMachine(parts, sender, 'hold', body);
  const now = parts.clock();
  const until = endOf(body, now);
  if (until === undefined) throw new ProblemError(400, ONE_END);
  const asked = {
    instance: id,
    ...about,
    holder: holderOf(sender, body.holder),
    until,
    ...(body.why === undefined || body.why === '' ? {} : { why: body.why }),
    by: { name: sender.name, remote },
    limits: limitsFor(parts, sender, described),
    lookedAt,
  };
  const answer = await holdMachine(parts, asked, body.holder !== undefined);
  if (answer.outcome === 'refused') throw new ProblemError(400, answer.message);
  const [sent] = answer.sent;
  return {
    hold: showHold(answer.hold),
    ...(answer.leftMs === undefined ? {} : { leftMs: answer.leftMs }),
    ...tellIdle(described),
    ...(sent === undefined ? {} : { tooLate: showTooLate(tooLate('stop', sent)) }),
  };
}

export async function releaseHolds(
  parts: HttpParts,
  { sender, remote, params: { instance: target }, query }: SenderInput<ReleaseParams, ReleaseQuery>,
): Promise<ReleasedAnswer> {
  const isAll = query.all === 'true';
  if (isAll && query.holder !== undefined) throw new ProblemError(400, 'expected either all or holder');
  // A token may always release its own hold. The holds of others are for those who may act on the machine.
  const isFree = INSTANCE_ID.test(target) && !(isAll && machinesFor(sender.grants, 'hold') !== undefined);
  const instance = isFree ? target : (await findMachine(parts, sender, 'hold', { target })).id;
  const whose = isAll ? {} : { holder: holderOf(sender, query.holder) };
  const by = { name: sender.name, remote };
  const { released, others } = await parts.store.releaseHolds({ instance, ...whose, by }, parts.clock());
  for (const one of released) parts.observer.held({ ...showHold(one), by: sender.name, remote }, 'released');
  if (released.length > 0) parts.nudge();
  return { released: released.map(showHold), others: others.map(showHold) };
}

export async function listHolds(
  parts: HttpParts,
  { query: { instance, limit, cursor } }: SenderInput<unknown, HoldsQuery>,
): Promise<HoldsAnswer> {
  const found = await parts.store.holds({ machine: instance, limit: limit + 1, after: cursor }, parts.clock());
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return { holds: page.map(showHold), ...(last === undefined ? {} : { cursor: cursorOf(last) }) };
}

/** No token's name has a space, so no holder can be taken for another. */
function holderOf({ name }: Sender, which: string | undefined): string {
  return which === undefined ? name : `${name} (${which})`;
}

function limitsFor({ holds }: HttpParts, { grants }: Sender, described: Instance | undefined): HoldLimits {
  return isGranted(grants, 'admin') ? { longestMs: LONGEST_EVER_MS } : limitsOn(described, holds);
}

/** A hold starts nothing. */
function tellIdle(described: Instance | undefined): Pick<NewHoldAnswer, 'message'> {
  if (described === undefined || described.state === 'running' || described.state === 'pending') return {};
  return { message: `${describeInstance(described)} is ${described.state}, and a hold does not start it` };
}
