/** An EC2 client whose calls are told of: every one is counted and logged, whichever adapter makes it. */
import type { Place } from '../domain/instance.ts';
import type { Observer } from '../observe/observer.ts';
import { Ec2Error, type Ec2Client } from './port.ts';

export function observeClient(client: Ec2Client, observer: Observer): Ec2Client {
  const observed = async <T>(action: string, place: Place, count: number, call: () => Promise<T>): Promise<T> => {
    const begin = performance.now();
    try {
      const answer = await call();
      observer.called(action, place, count, 'OK', performance.now() - begin);
      return answer;
    } catch (error) {
      const code = error instanceof Ec2Error ? error.code : 'Fault';
      observer.called(action, place, count, code, performance.now() - begin);
      throw error;
    }
  };
  return {
    describe: async (place, by, values) =>
      observed('DescribeInstances', place, values.length, async () => client.describe(place, by, values)),
    change: async (place, verb, ids, options) =>
      observed(verb === 'start' ? 'StartInstances' : 'StopInstances', place, ids.length, async () =>
        client.change(place, verb, ids, options),
      ),
    close: async () => client.close(),
  };
}
