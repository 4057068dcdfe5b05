/** Whether people can use a machine that was started: EC2's status checks say so a few minutes after it runs. */
import type { Client } from '../domain/intent.ts';
import { Ec2Error } from '../ec2/port.ts';
import type { Ec2Batches } from '../engine/ec2-batches.ts';
import type { DeliverParts, Readiness } from './deliver-one.ts';

/** @param client of the calls, whoever has started the machine */
export function createReadiness(
  { checks, look }: Pick<Ec2Batches, 'checks' | 'look'>,
  client: Client,
): DeliverParts['readiness'] {
  return async ({ machine: { id, region, account } }): Promise<Readiness> => {
    const place = { ...(region === undefined ? {} : { region }), ...(account === undefined ? {} : { account }) };
    try {
      if ((await checks(client, place, id)) === 'ok') return 'ready';
      const found = await look(client, place, id);
      return found?.state === 'running' || found?.state === 'pending' ? 'not_yet' : 'gone';
    } catch (error) {
      if (error instanceof Ec2Error) return 'not_yet';
      throw error;
    }
  };
}
