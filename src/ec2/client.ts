/** The EC2 clients by name. */
import type { Client } from '../domain/intent.ts';
import type { Ec2Settings } from './accounts.ts';
import { createCliClient } from './aws-cli.ts';
import { createNativeClient } from './native.ts';
import { createCheckOwners } from './one-account.ts';
import type { Ec2Client } from './port.ts';

export interface Ec2 {
  client(kind: Client): Ec2Client;
  /** Calls under way fail. */
  close(): Promise<void>;
}

/** Nothing is loaded, connected or started before the first call. */
export function createEc2(settings: Ec2Settings): Ec2 {
  const checkOwners = createCheckOwners();
  const clients: Readonly<Record<Client, Ec2Client>> = {
    native: createNativeClient(settings, checkOwners),
    cli: createCliClient(settings, checkOwners),
  };
  return {
    client: (kind) => clients[kind],
    close: async () => {
      await Promise.all(Object.values(clients).map(async (client) => client.close()));
    },
  };
}
