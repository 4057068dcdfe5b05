/** `GET /operateInstance` and `/operateHostname`: one intent by a person, who waits for what becomes of it. */
import { parseRequest, type Route } from '../../domain/intent.ts';
import { isOpen, type Operation } from '../../domain/operation.ts';
import { refuseCrossSite } from '../auth.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { parseQuery } from '../query.ts';
import { operateQuerySchema } from '../schemas.ts';
import { showOperation } from '../show-operation.ts';

/** @param remote the address of the other side, for the record */
export async function operate(parts: HttpParts, request: Request, route: Route, remote: string): Promise<Response> {
  refuseCrossSite(request.headers);
  const sender = parts.authenticate(request.headers);
  const { searchParams } = new URL(request.url);
  const parameter = route === 'hostname' ? 'hostname' : 'instance';
  const target = searchParams.get(parameter);
  if (target === null || target === '') throw missingTarget(parameter);
  const query = parseQuery(operateQuerySchema, searchParams);
  const asked = parseRequest(
    {
      target,
      targetSource: `the parameter ${parameter}`,
      action: query.action,
      client: query.client,
      dryrun: query.dryrun,
      region: query.region,
      account: query.account,
    },
    { route, defaultClient: parts.defaultClient },
  );
  if (!asked.ok) throw new ProblemError({ status: 400, detail: asked.message });

  const cause = { by: 'person', name: `${sender.name} at ${remote}`, beganAt: parts.clock() } as const;
  const [enqueued] = await parts.enqueue([{ ...asked.value, cause }]);
  if (enqueued === undefined) throw new RangeError('expected an answer of the store for the intent');
  const operation = await parts.awaitOperation(enqueued.operation, isUnderWay, query.wait);
  if (operation === undefined) throw new RangeError(`expected operation ${enqueued.operation} to be in the store`);
  const trail = await parts.store.trail(operation.id);
  return Response.json({ operation: showOperation(operation, trail) }, { status: statusOf(operation) });
}

/** EC2 has accepted the call, or the operation has ended: what a person waits for. Reaching the state can take minutes. */
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

function missingTarget(parameter: string): ProblemError {
  const detail = `expected the parameter ${parameter} to name a machine. A webhook belongs here as POST: if this was one, a redirect (301, 302 or 303) has turned it into a GET; give the sender the final URL`;
  return new ProblemError({ status: 400, detail });
}
