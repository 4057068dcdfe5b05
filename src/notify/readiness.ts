/** Whether people can use a machine that was started: EC2's status checks say so a few minutes after it runs. */
import type { Client } from '../domain/intent.ts';
import { reachableAt, type Place } from '../domain/instance.ts';
import type { NewsMachine } from '../domain/notice.ts';
import { Ec2Error } from '../ec2/port.ts';
import type { Ec2Batches } from '../engine/ec2-batches.ts';
import type { DeliverParts, Readiness } from './deliver-one.ts';

/** @param client of the calls, whoever has started the machine */
export function createReadiness(
  { checks, look }: Pick<Ec2Batches, 'checks' | 'look'>,
  client: Client,
): DeliverParts['readiness'] {
  return async ({ machine }): Promise<Readiness> => {
    const place = placeOf(machine);
    try {
      if ((await checks(client, place, machine.id)) === 'ok') return 'ready';
      const found = await look(client, place, machine.id);
      return found?.state === 'running' || found?.state === 'pending' ? 'not_yet' : 'gone';
    } catch (error) {
      if (error instanceof Ec2Error) return 'not_yet';
      throw error;
    }
  };
}

/** The addresses of a machine, as EC2 shows them now; none where EC2 gives no answer. */
export function createAddressesOf({ look }: Pick<Ec2Batches, 'look'>, client: Client): DeliverParts['addressesOf'] {
  return async ({ machine }) => {
    const found = await look(client, placeOf(machine), machine.id).catch(() => undefined);
    return found === undefined ? [] : reachableAt(found.addresses);
  };
}

function placeOf({ region, account }: NewsMachine): Place {
  return { ...(region === undefined ? {} : { region }), ...(account === undefined ? {} : { account }) };
}
