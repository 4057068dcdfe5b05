/** Answers one call: finds its action and caller, carries it out with its faults, and writes the answer. */
import { ACTIONS } from './actions.ts';
import { createBuckets } from './buckets.ts';
import { identifyCaller, refuseSkew, UNKNOWN_CALLER, type TemporaryKey } from './caller.ts';
import { AwsError } from './errors.ts';
import type { Hits } from './faults.ts';
import { readScope, type AwsRequest, type ServiceName } from './request.ts';
import { isService, SERVICES } from './services.ts';
import type { Schedules } from './scheduler/schedules.ts';
import type { World } from './world.ts';

/** The answer on the wire, with the fields of the call log. */
export interface AwsAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly errorCode?: string;
  /** Empty when the caller is not known. */
  readonly account: string;
}

/** Never throws for a mistake of the caller. */
export type AnswerCall = (request: AwsRequest, requestId: string, hits: Hits) => AwsAnswer;

/** @param throttling whether EC2's token buckets count */
export function createAnswerCall(world: World, schedules: Schedules, throttling: boolean): AnswerCall {
  const buckets = throttling ? createBuckets() : undefined;
  const temporaryKeys = new Map<string, TemporaryKey>();
  return (request, requestId, hits) => {
    const serviceName = serviceOf(request);
    const service = SERVICES[serviceName];
    const { contentType } = service;
    let caller = UNKNOWN_CALLER;
    try {
      if (hits.skewMs !== 0) refuseSkew(request, service, world.now() + hits.skewMs);
      const action = ACTIONS.find((each) => each.service === serviceName && each.name === request.action);
      if (action?.unsigned !== true) caller = identifyCaller(request, world.accounts, temporaryKeys, world.now());
      service.checkRequest(request);
      if (hits.error !== undefined) throw service.inOwnWords(hits.error);
      if (action === undefined) throw service.unknownAction(request.action);
      const { query, input = {} } = request;
      const { effects } = hits;
      const parts = { caller, world, temporaryKeys, buckets, schedules, effects };
      const content = action.handler({ action: action.name, query, input, ...parts });
      const body = service.writeAnswer(action.name, content, requestId);
      return { status: 200, contentType, body, account: caller.account };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const body = service.writeError(error, requestId);
      const headers = service.errorHeaders(error);
      return { status: error.status, contentType, body, headers, errorCode: error.code, account: caller.account };
    }
  };
}

/** The service that the path or the signature names; EC2 when the sandbox does not have it. */
function serviceOf(request: AwsRequest): ServiceName {
  if (request.service !== undefined) return request.service;
  const unsigned = ACTIONS.find((action) => action.unsigned === true && action.name === request.action);
  const named = unsigned?.service ?? readScope(request)?.service ?? '';
  return isService(named) ? named : 'ec2';
}
