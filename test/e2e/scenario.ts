/** One run of the chain: exporter -> Prometheus -> Alertmanager -> operator -> EC2, which is the sandbox. */
import * as z from 'zod';
import { operationsAnswerSchema, type OperationBody } from '../../src/http/schemas.ts';
import { eventually } from '../support/eventually.ts';
import { requestsTo } from '../support/operator.ts';
import type { RunningProgram } from '../support/program.ts';
import type { GpuMachine } from './machines.ts';
import { instanceLabel } from './exporter.ts';
import type { Server, World } from './world.ts';

/** Waits for a condition; a failure shows what the programs have written last. */
export function eventuallyAmong(programs: readonly RunningProgram[]): typeof eventually {
  const explain = (): string => programs.map(({ tail }) => tail()).join('\n');
  return async (what, look, options) => eventually(what, look, { explain, ...options });
}

/** All operations that the machine was named in, oldest first. */
export async function operationsFor(
  operator: Pick<Server, 'url'>,
  machine: GpuMachine,
  headers: Readonly<Record<string, string>> = {},
): Promise<readonly OperationBody[]> {
  const { status, text } = await requestsTo(operator.url, headers).request(`/api/v1/operations?target=${machine.name}`);
  if (status !== 200) throw new Error(`expected the operations for ${machine.name}, got ${status}: ${text}`);
  return operationsAnswerSchema.parse(JSON.parse(text)).operations.toReversed();
}

/** The stop of the machine, once it has ended. */
export async function findStop(
  operator: Pick<Server, 'url'>,
  machine: GpuMachine,
  headers?: Readonly<Record<string, string>>,
): Promise<OperationBody | undefined> {
  const operations = await operationsFor(operator, machine, headers);
  return operations.find(({ verb, endedAt }) => verb === 'stop' && endedAt !== undefined);
}

/** How often EC2 was really asked to stop the machine. */
export function countStops({ sandbox }: World, machine: GpuMachine): number {
  return sandbox.calls.filter(
    ({ action, dryRun, instanceIds }) => action === 'StopInstances' && !dryRun && instanceIds.includes(machine.id),
  ).length;
}

const queryAnswer = z.object({
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});

/** What Prometheus knows of the machine's GPUs, in percent, by the expression of the seed's rule. */
export async function readUtilisation(prometheus: Server, machine: GpuMachine): Promise<readonly number[]> {
  const selector = `nvidia_smi_utilization_gpu_ratio{instance="${instanceLabel(machine)}"}`;
  const query = encodeURIComponent(`max_over_time(${selector}[5m]) * 100`);
  const answer: unknown = await (await fetch(`${prometheus.url}/api/v1/query?query=${query}`)).json();
  return queryAnswer.parse(answer).data.result.map(({ value }) => Number(value[1]));
}
