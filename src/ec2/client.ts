/** The EC2 clients by name. */
import type { Client } from '../domain/intent.ts';
import type { Ec2Settings } from './accounts.ts';
import { createCliClient } from './aws-cli.ts';
import { createNativeClient } from './native.ts';
import { createBriefMemory, createReadOwn, type AccountMemory } from './one-account.ts';
import type { Ec2Client } from './port.ts';

export interface Ec2 {
  client(kind: Client): Ec2Client;
  /** Calls under way fail. */
  close(): Promise<void>;
}

/**
 * Nothing is loaded, connected or started before the first call.
 *
 * @param memory whose the credentials were before
 */
export function createEc2(settings: Ec2Settings, memory: AccountMemory = createBriefMemory()): Ec2 {
  const readOwn = createReadOwn(settings, memory);
  const clients: Readonly<Record<Client, Ec2Client>> = {
    native: createNativeClient(settings, readOwn),
    cli: createCliClient(settings, readOwn),
  };
  return {
    client: (kind) => clients[kind],
    close: async () => {
      await Promise.all(Object.values(clients).map(async (client) => client.close()));
    },
  };
}
