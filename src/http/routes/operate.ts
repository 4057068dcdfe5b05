/** `GET /operateInstance` and `/operateHostname`: one intent by a person, who waits for the outcome. */
import { parseRequest, VERBS, type Route } from '../../domain/intent.ts';
import { isOpen, type Operation } from '../../domain/operation.ts';
import { requireScope, rightsOf } from '../auth/sender.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { originOf } from '../receive.ts';
import type { SenderInput } from '../route.ts';
import type { OperateQuery, OperationAnswer } from '../schemas.ts';
import { showOperation } from '../show-operation.ts';

/** @param target the value of the parameter that names the machine */
export async function operate(
  parts: HttpParts,
  { request, sender, remote, query }: SenderInput<unknown, OperateQuery>,
  route: Route,
  target: string,
): Promise<Response> {
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
    { route, defaultClient: parts.defaultClient, tagNames: true, ...rightsOf(sender) },
  );
  const origin = originOf(request, route, sender, remote);
  if (!asked.ok) {
    const { reason, message } = asked;
    await parts.intake({ origin, asked: [{ outcome: 'invalid', fingerprint: '', reason, message }] });
    throw new ProblemError(400, asked.message);
  }
  const cause = { by: 'person', name: `${sender.name} at ${remote}`, beganAt: parts.clock() } as const;
  const [receipt] = await parts.intake({
    origin,
    asked: [{ outcome: 'intent', fingerprint: '', intent: { ...asked.value, cause } }],
  });
  if (receipt?.operation === undefined) throw new RangeError('expected the store to name the operation');
  const operation = await parts.awaitOperation(receipt.operation, isUnderWay, query.wait);
  if (operation === undefined) throw new RangeError(`expected operation ${receipt.operation} to be in the store`);
  const trail = await parts.store.trail(operation.id);
  const answer: OperationAnswer = { operation: showOperation(operation, trail) };
  return Response.json(answer, { status: statusOf(operation) });
}

/** A person waits until EC2 has accepted the call, or the operation has ended. Reaching the state can take minutes. */
function isUnderWay(operation: Operation): boolean {
  return operation.state === 'verifying' || !isOpen(operation);
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
