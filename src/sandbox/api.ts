import { createBuckets } from './buckets.ts';
import type { Buckets } from './buckets.ts';
import type { Call } from './call.ts';
import { identify, readScope, refuseSkew } from './caller.ts';
import type { Caller, Credentials, TemporaryKey } from './caller.ts';
import { changeInstances } from './change.ts';
import { describeInstances } from './describe.ts';
import { describeMore, describeMoreActions } from './describe-more.ts';
import { ApiError, missingParameter } from './errors.ts';
import type { Hits } from './faults.ts';
import { assumeRole, assumeRoleWithWebIdentity, getCallerIdentity } from './sts.ts';
import type { World } from './world.ts';
import { writeXml } from './xml.ts';
import type { XmlTree } from './xml.ts';

/** What goes back over the wire. */
export type Answer = Readonly<{ status: number; body: string; errorCode?: string; account: string }>;

/** Carries one call out, faults included, and answers it. Never throws for what a caller did. */
export type Api = (credentials: Credentials, requestId: string, hits: Hits) => Answer;

const services = {
  ec2: { version: '2016-11-15', namespace: 'http://ec2.amazonaws.com/doc/2016-11-15/', product: 'AmazonEC2' },
  sts: {
    version: '2011-06-15',
    namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    product: 'AWSSecurityTokenService',
  },
} as const;

type Service = keyof typeof services;

/** The API of a world: EC2 and STS, told apart by the request's credential scope. */
export function createApi(world: World, throttling: boolean): Api {
  const buckets: Buckets | undefined = throttling ? createBuckets() : undefined;
  const temporaryKeys = new Map<string, TemporaryKey>();

  const carryOut = (call: Call, action: string): XmlTree => {
    const { service } = call.caller;
    if (service === 'ec2' && action === 'DescribeInstances') return describeInstances(call);
    const more = describeMoreActions.find((known) => known === action);
    if (service === 'ec2' && more !== undefined) return describeMore(more, call);
    if (service === 'ec2' && isChange(action)) return changeInstances(action, call);
    if (service === 'sts' && action === 'GetCallerIdentity') return getCallerIdentity(call);
    if (service === 'sts' && action === 'AssumeRole') return assumeRole(call, temporaryKeys);
    throw invalidAction(service, action);
  };

  return (credentials, requestId, hits) => {
    const { query } = credentials;
    const service: Service = isForSts(credentials) ? 'sts' : 'ec2';
    let caller: Caller | undefined;
    try {
      if (hits.skewMs !== 0) refuseSkew(credentials, service, world.now() + hits.skewMs);
      if (query.get('Action') === webIdentityAction) {
        if (hits.error !== undefined) throw hits.error;
        const content = assumeRoleWithWebIdentity(world, query, temporaryKeys);
        return { status: 200, body: success(service, webIdentityAction, content, requestId), account: '' };
      }
      caller = identify(credentials, world.accounts, temporaryKeys, world.now());
      const action = readAction(query, service);
      if (hits.error !== undefined) throw hits.error;
      const content = carryOut({ world, caller, query, buckets, effects: hits.effects }, action);
      return { status: 200, body: success(service, action, content, requestId), account: caller.account };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const body = failure(service, error, requestId);
      return { status: error.status, body, errorCode: error.code, account: caller?.account ?? '' };
    }
  };
}

/** The one call that nobody signs: the token in it says who asks. */
const webIdentityAction = 'AssumeRoleWithWebIdentity';

function isForSts(credentials: Credentials): boolean {
  return readScope(credentials)?.service === 'sts' || credentials.query.get('Action') === webIdentityAction;
}

function isChange(action: string): action is 'StartInstances' | 'StopInstances' | 'RebootInstances' {
  return action === 'StartInstances' || action === 'StopInstances' || action === 'RebootInstances';
}

function readAction(query: Credentials['query'], service: Service): string {
  const action = query.get('Action');
  const version = query.get('Version');
  if (action === undefined || action === '') throw missingParameter('Action');
  if (version === undefined) throw missingParameter('Version');
  const { version: known, product } = services[service];
  if (version !== known) {
    throw new ApiError('NoSuchVersion', `The requested version (${version}) of service ${product} does not exist`);
  }
  return action;
}

function invalidAction(service: Service, action: string): ApiError {
  const message =
    service === 'ec2'
      ? `The action ${action} is not valid for this web service.`
      : `Could not find operation ${action} for version ${services.sts.version}`;
  return new ApiError('InvalidAction', message);
}

// The two services wrap their answers differently: EC2 is a Query protocol of its own ("ec2" in the API models).
function success(service: Service, action: string, content: XmlTree, requestId: string): string {
  const tree =
    service === 'ec2' ? { requestId, ...content } : { ...content, ResponseMetadata: { RequestId: requestId } };
  return writeXml(`${action}Response`, tree, services[service].namespace);
}

function failure(service: Service, { code, message, status }: ApiError, requestId: string): string {
  if (service === 'ec2') {
    const error = { Code: code, Message: message };
    return writeXml('Response', { Errors: { Error: error }, RequestID: requestId });
  }
  const error = { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message };
  return writeXml('ErrorResponse', { Error: error, RequestId: requestId }, services.sts.namespace);
}
