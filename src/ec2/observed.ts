/** An EC2 client whose calls are counted, logged and traced, for either adapter. */
import type { Instance, Place } from '../domain/instance.ts';
import type { Observer } from '../observe/observer.ts';
import type { Annotate, Attributes, Tracer } from '../observe/trace.ts';
import { isThrottled } from './error-table.ts';
import { Ec2Error, type Ec2Client } from './port.ts';

/** The most instances that a span names. */
const MAX_NAMED = 50;

/** Called when EC2 is asked, by id, and with what it answers then. */
export type BeginSeeing = () => (instances: readonly Instance[]) => void;

/** @param beginSeeing records the machines of operations; absent: nobody does */
export function observeClient(
  client: Ec2Client,
  observer: Pick<Observer, 'called' | 'saw'>,
  tracer: Tracer,
  beginSeeing: BeginSeeing = () => () => undefined,
): Ec2Client {
  const observed = async <T>(
    action: string,
    place: Place,
    made: Made,
    call: (annotate: Annotate) => Promise<T>,
  ): Promise<T> => {
    const tell = (code: string, throttled: boolean): void => {
      const { begin, ids, isSurvey = false } = made;
      if (ids.length === 0 && !isSurvey) return;
      observer.called({ action, code, instances: ids.length, ms: performance.now() - begin, throttled }, place);
    };
    try {
      const attributes = attributesOf(action, place, made.ids.length);
      const answer = await tracer.span(`EC2 ${action}`, attributes, call, { kind: 'client' });
      tell('OK', false);
      return answer;
    } catch (error) {
      tell(error instanceof Ec2Error ? error.code : 'Fault', isThrottled(error));
      throw error;
    }
  };
  return {
    describe: async (place, by, values) => {
      const see = beginSeeing();
      const found = await observed('DescribeInstances', place, madeFor(values), async () =>
        client.describe(place, by, values),
      );
      // An address may find other machines too; an id belongs to the machine of an operation.
      if (by !== 'id' && by !== 'known') return found;
      for (const instance of found) observer.saw(instance);
      see(found);
      return found;
    },
    survey: async (place, filter, page) => {
      const made: Made = { begin: performance.now(), ids: [], isSurvey: true };
      return observed('DescribeInstances', place, made, async () => client.survey(place, filter, page));
    },
    act: async (place, verb, ids, { dryRun, choose }) => {
      const made = madeFor(ids);
      return observed(verb === 'start' ? 'StartInstances' : 'StopInstances', place, made, async (annotate) => {
        const tellIds = (): void => annotate({ 'ec2_operator.instance_ids': made.ids.slice(0, MAX_NAMED).join(' ') });
        tellIds();
        annotate({ 'ec2_operator.dry_run': dryRun });
        const chooseAndTell = async (some: readonly string[]): Promise<readonly string[]> => {
          made.ids = [];
          made.ids = (await choose?.(some)) ?? some;
          made.begin = performance.now();
          tellIds();
          return made.ids;
        };
        const accepted = await client.act(place, verb, ids, { dryRun, choose: chooseAndTell });
        if (accepted.requestId !== undefined) annotate({ 'aws.request_id': accepted.requestId });
        return accepted;
      });
    },
    checks: async (place, ids) =>
      observed('DescribeInstanceStatus', place, madeFor(ids), async () => client.checks(place, ids)),
    volumes: async (place, ids) =>
      observed('DescribeVolumes', place, madeFor(ids), async () => client.volumes(place, ids)),
    close: async () => client.close(),
  };
}

/** A call as it is made in the end. Without ids, none is made, but for a page of a survey. */
interface Made {
  ids: readonly string[];
  readonly isSurvey?: true;
  /** Milliseconds of the monotonic clock. */
  begin: number;
}

function madeFor(ids: readonly string[]): Made {
  return { ids, begin: performance.now() };
}

/** The names are OpenTelemetry's for AWS calls where it has any. */
function attributesOf(action: string, place: Place, instances: number): Attributes {
  return {
    'rpc.system': 'aws-api',
    'rpc.service': 'EC2',
    'rpc.method': action,
    'ec2_operator.instances': instances,
    ...(place.region === undefined ? {} : { 'cloud.region': place.region }),
    ...(place.account === undefined ? {} : { 'ec2_operator.account': place.account }),
  };
}
