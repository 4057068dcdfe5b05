/** An EC2 client whose calls are told of: every one is counted, logged and traced, whichever adapter makes it. */
import type { Place } from '../domain/instance.ts';
import type { Observer } from '../observe/observer.ts';
import type { Annotate, Attributes, Tracer } from '../observe/trace.ts';
import { isThrottled } from './error-table.ts';
import { Ec2Error, type Ec2Client } from './port.ts';

/** How many instances a span names. */
const MAX_NAMED = 50;

export function observeClient(
  client: Ec2Client,
  observer: Pick<Observer, 'called' | 'saw'>,
  tracer: Tracer,
): Ec2Client {
  const timed = async <T>(action: string, place: Place, instances: number, call: () => Promise<T>): Promise<T> => {
    const begin = performance.now();
    const tell = (code: string, throttled: boolean): void => {
      observer.called({ action, code, instances, ms: performance.now() - begin, throttled }, place);
    };
    try {
      const answer = await call();
      tell('OK', false);
      return answer;
    } catch (error) {
      tell(error instanceof Ec2Error ? error.code : 'Fault', isThrottled(error));
      throw error;
    }
  };
  const observed = async <T>(
    action: string,
    place: Place,
    values: readonly string[],
    call: (annotate: Annotate) => Promise<T>,
  ): Promise<T> =>
    timed(action, place, values.length, async () =>
      tracer.span(`EC2 ${action}`, attributesOf(action, place, values.length), call, { kind: 'client' }),
    );
  return {
    describe: async (place, by, values) => {
      const found = await observed('DescribeInstances', place, values, async () => client.describe(place, by, values));
      // An address may lead to machines that nobody means; an id is that of the machine which an operation is about.
      if (by === 'id' || by === 'known') for (const instance of found) observer.saw(instance);
      return found;
    },
    change: async (place, verb, ids, options) =>
      observed(verb === 'start' ? 'StartInstances' : 'StopInstances', place, ids, async (annotate) => {
        annotate({
          'ec2_operator.instance_ids': ids.slice(0, MAX_NAMED).join(' '),
          'ec2_operator.dry_run': options.dryRun,
        });
        const accepted = await client.change(place, verb, ids, options);
        if (accepted.requestId !== undefined) annotate({ 'aws.request_id': accepted.requestId });
        return accepted;
      }),
    close: async () => client.close(),
  };
}

/** In OpenTelemetry's words for calls of AWS, as far as it has any. */
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
