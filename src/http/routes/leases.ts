/** `/api/v1/leases`: which machine runs for a while, and until when. */
import { LONGEST_EVER_MS } from '../../domain/admit-hold.ts';
import { formatDuration } from '../../domain/duration.ts';
import { describeInstance, nameInstance } from '../../domain/instance.ts';
import { longestLeaseOn } from '../../domain/lease.ts';
import { mayHaveBeenSent } from '../../domain/operation.ts';
import { isGranted, machinesFor, type Scope } from '../../domain/scope.ts';
import { isAmong } from '../../domain/selector.ts';
import { INSTANCE_ID } from '../../domain/target.ts';
import { tooLate } from '../../domain/too-late.ts';
import type { LeaseAnswer as Written } from '../../store/lease-port.ts';
import type { Sender } from '../auth/sender.ts';
import { findMachine, type FoundMachine, type MachineRequest } from '../find-machine.ts';
import { endOf, ONE_END } from '../hold-schemas.ts';
import {
  showLease,
  type ExtensionBody,
  type LeaseAnswer,
  type LeaseBody,
  type LeaseParams,
  type LeasesAnswer,
  type LeasesQuery,
} from '../lease-schemas.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import type { SenderInput } from '../route.ts';
import { showTooLate } from '../show-operation.ts';

export async function makeLease(
  parts: HttpParts,
  { sender, remote, body }: SenderInput<unknown, unknown, LeaseBody>,
): Promise<Response> {
  const lookedAt = parts.clock();
  const { described, id, ...about } = await findRunning(parts, sender, 'stop', body);
  const now = parts.clock();
  const until = endOf(body, now);
  if (until === undefined) throw new ProblemError(400, ONE_END);
  requireWithin(until - now, longestFor(parts, sender, described));
  const written = await parts.store.lease(
    {
      instance: id,
      ...about,
      until,
      ...(body.why === undefined || body.why === '' ? {} : { why: body.why }),
      by: { name: sender.name, remote },
      lookedAt,
      ...(described === undefined ? {} : { launchedAt: described.launchedAt }),
    },
    now,
  );
  return Response.json(answerOf(parts, written, 'made'), { status: 201 });
}

export async function changeLease(
  parts: HttpParts,
  { sender, remote, params, body }: SenderInput<LeaseParams, unknown, ExtensionBody>,
): Promise<LeaseAnswer> {
  const { described, id, name } = await findRunning(parts, sender, 'start', { target: params.instance });
  const now = parts.clock();
  if (body.until !== undefined && body.until <= now)
    throw new ProblemError(400, `expected a lease to end in the future, got ${new Date(body.until).toISOString()}`);
  const changed = await parts.store.changeLease(
    {
      instance: id,
      by: { name: sender.name, remote },
      to: body.until === undefined ? { addMs: body.for ?? 0 } : { until: body.until },
      longestMs: longestFor(parts, sender, described),
      ...(mayStop(sender, described) ? { mayShorten: true } : {}),
      ...(described === undefined ? {} : { launchedAt: described.launchedAt }),
    },
    now,
  );
  switch (changed.outcome) {
    case 'none': {
      const named = nameInstance({ id, ...(name === undefined ? {} : { name }) });
      throw new ProblemError(
        409,
        `${named} has no lease: a start with for begins one, and so does POST /api/v1/leases`,
      );
    }
    case 'refused':
      throw new ProblemError(400, changed.message);
    case 'sooner':
      throw new ProblemError(
        403,
        `expected a token with the scope stop, or a later end: ${sender.name} may only extend leases`,
      );
    case 'changed':
      return answerOf(parts, changed, 'changed');
  }
}

export async function endLease(
  parts: HttpParts,
  { sender, remote, params }: SenderInput<LeaseParams>,
): Promise<LeaseAnswer> {
  const { instance: target } = params;
  const isFree = INSTANCE_ID.test(target) && machinesFor(sender.grants, 'start') === undefined;
  const id = isFree ? target : (await findMachine(parts, sender, 'start', { target })).id;
  const ended = await parts.store.endLease(id, { name: sender.name, remote }, parts.clock());
  if (ended === undefined) throw new ProblemError(404, `there is no lease of ${id}`);
  return answerOf(parts, ended, 'ended');
}

export async function listLeases(
  parts: HttpParts,
  { query: { instance, limit, cursor } }: SenderInput<unknown, LeasesQuery>,
): Promise<LeasesAnswer> {
  const found = await parts.store.leases({ machine: instance, limit: limit + 1, after: cursor });
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return { leases: page.map(showLease), ...(last === undefined ? {} : { cursor: last.instance }) };
}

/** Refuses a start that is to run for longer than the rules allow people. @throws ProblemError */
export async function requireLeaseAllowed(
  parts: HttpParts,
  sender: Sender,
  machine: MachineRequest,
  ms: number,
): Promise<void> {
  const isLimited = parts.holds.rules.some(({ longestMs }) => longestMs !== undefined);
  if (!isLimited || isGranted(sender.grants, 'admin')) return;
  const { described } = await findMachine(parts, sender, 'start', machine);
  requireWithin(ms, longestFor(parts, sender, described));
}

/** @throws ProblemError also with 409 where the machine does not run */
async function findRunning(
  parts: HttpParts,
  sender: Sender,
  scope: Scope,
  request: MachineRequest,
): Promise<FoundMachine> {
  const found = await findMachine(parts, sender, scope, request);
  const { described, id } = found;
  if (described === undefined || described.state === 'running' || described.state === 'pending') return found;
  const named = `${describeInstance(described)} is ${described.state}`;
  const sent = (await parts.store.openOn(id, [])).find(({ intent }) => intent.verb === 'stop');
  if (sent?.sentAt !== undefined && mayHaveBeenSent(sent)) {
    const { message } = tooLate('stop', { id: sent.id, sentAt: sent.sentAt });
    throw new ProblemError(409, `${named}: ${message}`);
  }
  throw new ProblemError(409, `${named}, and only a machine that runs has a lease: start it with for`);
}

function longestFor({ holds }: HttpParts, { grants }: Sender, described: FoundMachine['described']): number {
  return isGranted(grants, 'admin') ? LONGEST_EVER_MS : longestLeaseOn(described, holds);
}

/** A machine that EC2 does not describe now may be any. */
function mayStop({ grants }: Sender, described: FoundMachine['described']): boolean {
  if (!isGranted(grants, 'stop')) return false;
  const only = machinesFor(grants, 'stop');
  return only === undefined || (described !== undefined && isAmong(only, described));
}

function requireWithin(ms: number, longestMs: number): void {
  if (ms <= 0) throw new ProblemError(400, 'expected a lease to end in the future');
  if (ms <= longestMs) return;
  const detail =
    longestMs === 0
      ? 'expected a machine that people may lease: holds.rules says that this one is not'
      : `expected a lease of at most ${formatDuration(longestMs)}, got ${formatDuration(ms)}`;
  throw new ProblemError(400, detail);
}

function answerOf(
  parts: HttpParts,
  { lease, sent: [sent] }: Written,
  event: 'made' | 'changed' | 'ended',
): LeaseAnswer {
  parts.nudge();
  parts.metrics.leaseSaid({ event });
  return {
    lease: showLease(lease),
    ...(sent === undefined ? {} : { tooLate: showTooLate(tooLate('stop', sent)) }),
  };
}
