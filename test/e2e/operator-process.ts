/** The operator as its users run it: a process of its own, set up by variables and a file. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import * as z from 'zod';
import { addressOf } from '../support/fleet.ts';
import { sandboxEnvironment } from '../support/operator.ts';
import { minimalEnvironment, startProgram } from '../support/program.ts';
import { served, type Server, type World } from './world.ts';

const MAIN = fileURLToPath(new URL('../../bin/ec2-operator.mjs', import.meta.url));

/** `variables` come on top of those that every scenario needs: the sandbox for EC2, a free port, and a configuration. */
export async function startOperatorProcess(world: World, variables: Readonly<Record<string, string>>): Promise<Server> {
  const { directory, machines, sandbox } = world;
  const configFile = path.join(directory, 'operator.yaml');
  const hosts = Object.fromEntries(machines.map(({ name, number }) => [name, addressOf(number)]));
  // Machines are started here and found idle a moment later.
  await writeFile(configFile, stringify({ hosts, guards: { min_uptime: 'off' } }));
  const operator = await startProgram({
    name: 'ec2-operator',
    program: process.execPath,
    args: [MAIN, 'serve'],
    environment: {
      ...minimalEnvironment(),
      ...sandboxEnvironment(sandbox),
      // Nobody's own set-up of AWS counts.
      AWS_CONFIG_FILE: path.join(directory, 'no-aws-config'),
      AWS_SHARED_CREDENTIALS_FILE: path.join(directory, 'no-aws-credentials'),
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: path.join(directory, 'data'),
      CONFIG_FILE: configFile,
      ...variables,
    },
  });
  return served(operator, async () => operator.awaitLine(urlInLog));
}

const upLine = z.object({ message: z.literal('ec2-operator is up'), url: z.url() });

function urlInLog(line: string): string | undefined {
  const parsed = upLine.safeParse(parseJson(line));
  return parsed.success ? parsed.data.url : undefined;
}

const deliveryLine = z.object({
  message: z.literal('a delivery was received'),
  method: z.literal('POST'),
  alerts: z.int(),
  accepted: z.int().default(0),
  joined: z.int().default(0),
  done: z.int().default(0),
});

export type DeliveryLine = z.output<typeof deliveryLine>;

/** What the operator has logged of the deliveries so far, oldest first. */
export function deliveriesIn(operator: Pick<Server, 'lines'>): readonly DeliveryLine[] {
  return operator.lines.flatMap((line) => {
    const parsed = deliveryLine.safeParse(parseJson(line));
    return parsed.success ? [parsed.data] : [];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
