/** The GPU machines of a scenario: in the sandbox, in the exporter, and in the rules. */
import { idOf } from '../support/fleet.ts';
import type { Client } from '../../src/domain/intent.ts';

export interface GpuMachine {
  /** Its number in the sandbox: `idOf(number)`, `addressOf(number)`. */
  readonly number: number;
  readonly id: string;
  /** Its host name, which no DNS knows. */
  readonly name: string;
  /** Utilisation of each of its GPUs, from 0 to 1. */
  readonly utilisation: number;
  /** The labels of its rule; without `dryrun` the rule has none. */
  readonly client: Client;
  readonly dryrun?: string;
  /** At the start of the scenario. */
  readonly state: 'running' | 'stopped';
}

export const GPUS_PER_MACHINE = 8;

/** An idle machine that runs and is really to be stopped, but for what `more` says. */
export function gpuMachine(number: number, name: string, client: Client, more: Partial<GpuMachine> = {}): GpuMachine {
  return { number, id: idOf(number), name, utilisation: 0.01, client, dryrun: 'false', state: 'running', ...more };
}

/** The one without the label: `exactOptionalPropertyTypes` knows no "unset". */
export function withoutDryRunLabel(machine: GpuMachine): GpuMachine {
  const { dryrun: _label, ...rest } = machine;
  return rest;
}
