/** What a straightforward port would do: for every alert one describe and one stop, with one client that is reused. */
import { DescribeInstancesCommand, EC2Client, StopInstancesCommand } from '@aws-sdk/client-ec2';
import * as z from 'zod';
import { monotonicMs } from '../clock.ts';
import { inParallel } from '../in-parallel.ts';
import { addressOf, CREDENTIALS, numbers, REGION } from '../machines.ts';
import { answerQuestions } from './answer.ts';

const question = z.object({ url: z.string(), first: z.number(), count: z.number(), concurrency: z.number() });

let client: { readonly url: string; readonly ec2: EC2Client } | undefined;

answerQuestions(question, async ({ url, first, count, concurrency }) => {
  const { ec2 } = clientFor(url);
  const startedAt = monotonicMs();
  await inParallel(numbers(first, count), concurrency, async (machine) => stopMachine(ec2, addressOf(machine)));
  return { startedAt, endedAt: monotonicMs() };
});

function clientFor(url: string): { readonly url: string; readonly ec2: EC2Client } {
  if (client?.url === url) return client;
  client?.ec2.destroy();
  client = { url, ec2: new EC2Client({ endpoint: url, region: REGION, credentials: CREDENTIALS }) };
  return client;
}

async function stopMachine(ec2: EC2Client, address: string): Promise<void> {
  const filter = { Name: 'private-ip-address', Values: [address] };
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ Filters: [filter] }));
  const id = Reservations?.[0]?.Instances?.[0]?.InstanceId;
  if (id === undefined) throw new Error(`expected a machine with the address ${address}`);
  await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
}
