/** `GET /operateInstance` and `/operateHostname`: one intent by a person, who waits for the outcome. */
import { parseRequest, VERBS, type Route, type Verb } from '../../domain/intent.ts';
import { parseLease, type AskedLease } from '../../domain/lease.ts';
import type { Operation } from '../../domain/operation.ts';
import { parsed, unparsed, type Parsed } from '../../domain/parsed.ts';
import { isGranted, machinesFor, type Grant } from '../../domain/scope.ts';
import { covers } from '../../domain/selector.ts';
import { requestOperation } from '../../engine/request-operation.ts';
import { requireScope } from '../auth/sender.ts';
import { asSeenBy } from '../known-machines.ts';
import type { HttpParts } from '../parts.ts';
import { requireLeaseAllowed } from './leases.ts';
import { ProblemError } from '../problem.ts';
import { originOf } from '../receive.ts';
import type { SenderInput } from '../route.ts';
import type { OperateQuery, OperationAnswer } from '../schemas.ts';
import { showOperation } from '../show-operation.ts';

/** @param target the value of the parameter that names the machine */
export async function operate(
  parts: HttpParts,
  input: SenderInput<unknown, OperateQuery>,
  route: Route,
  target: string,
): Promise<Response> {
  const operation = await requestAsPerson(parts, input, route, target);
  const seen = asSeenBy(input.sender, operation, await parts.store.trail(operation.id));
  const answer: OperationAnswer = { operation: showOperation(seen.operation, seen.trail) };
  return Response.json(answer, { status: statusOf(seen.operation) });
}

/** @throws ProblemError for what is not understood, or not allowed */
export async function requestAsPerson(
  parts: HttpParts,
  {
    request,
    sender,
    remote,
    query,
  }: Pick<SenderInput<unknown, OperateQuery>, 'request' | 'sender' | 'remote' | 'query'>,
  route: Route,
  target: string,
): Promise<Operation> {
  // A person learns a missing scope from the status 403; the sender of alerts learns it from their receipts.
  const verb = VERBS.find((known) => known === query.action);
  if (verb !== undefined) requireScope(sender, verb);
  const overrideHold = query.override_hold === 'true';
  if (overrideHold && verb === 'start') throw new ProblemError(400, 'expected override_hold with action=stop only');
  const asked = parseRequest(
    {
      target,
      targetSource: `the parameter ${route}`,
      action: query.action,
      client: query.client,
      dryrun: query.dryrun,
      region: query.region,
      account: query.account,
      vpc: query.vpc,
      overrideHold,
    },
    { route, defaultClient: parts.defaultClient, tagNames: true, grants: sender.grants },
  );
  const origin = originOf(request, route, sender, remote);
  const lease = readLease(verb, query.for, {
    defaultMs: parts.defaultLeaseMs,
    mayStop: mayStopWhatItStarts(sender.grants),
  });
  if (!asked.ok || !lease.ok) {
    const { reason, message } = asked.ok
      ? { reason: 'invalid_lease' as const, message: lease.ok ? '' : lease.message }
      : asked;
    await parts.intake({ origin, asked: [{ outcome: 'invalid', fingerprint: '', reason, message }] });
    throw new ProblemError(400, message);
  }
  if (query.for !== undefined && lease.value.leaseMs !== undefined)
    await requireLeaseAllowed(
      parts,
      sender,
      { target, region: query.region, account: query.account },
      lease.value.leaseMs,
    );
  const cause = { by: 'person', name: `${sender.name} at ${remote}`, beganAt: parts.clock() } as const;
  const intent = { ...asked.value, ...lease.value, cause };
  return requestOperation(parts, { origin, intent }, query.wait);
}

/** The machine is not known yet, so it may be any of those that the sender may start. */
function mayStopWhatItStarts(grants: readonly Grant[]): boolean {
  return isGranted(grants, 'stop') && covers(machinesFor(grants, 'stop'), machinesFor(grants, 'start'));
}

interface LeaseRights {
  readonly defaultMs: number | undefined;
  /** Otherwise a start gives an end only to what it has started itself, as a default does. */
  readonly mayStop: boolean;
}

/** How long the machine is to run, as the person or the configuration says. */
function readLease(
  verb: Verb | undefined,
  asked: string | undefined,
  { defaultMs, mayStop }: LeaseRights,
): Parsed<AskedLease> {
  if (asked === undefined)
    return parsed(verb === 'start' && defaultMs !== undefined ? { leaseMs: defaultMs, leaseByDefault: true } : {});
  if (verb === 'stop') return unparsed('expected the parameter for with action=start only, got it with action=stop');
  const lease = parseLease(asked, 'the parameter for');
  return lease.ok ? parsed({ leaseMs: lease.value, ...(mayStop ? {} : { leaseByDefault: true }) }) : lease;
}

function statusOf(operation: Operation): 200 | 202 | 404 | 409 | 502 {
  switch (operation.state) {
    case 'verifying':
    case 'succeeded':
      return 200;
    case 'queued':
    case 'waiting':
    case 'acting':
      return 202;
    case 'refused':
      return operation.reason === 'not_found' ? 404 : 409;
    case 'cancelled':
      return 409;
    case 'failed':
      return 502;
  }
}
