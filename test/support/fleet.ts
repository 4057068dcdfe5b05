/** Machines for tests: number 7 is `idOf(7)`, has the address `addressOf(7)`, and runs since yesterday. */
import { parseFleet } from '../../src/sandbox/fleet.ts';
import type { Fleet } from '../../src/sandbox/world.ts';

/** What a test says of a machine, in the words of the fleet file. */
export type MachineEntry = Readonly<Record<string, unknown>>;

export const REGION = 'eu-central-1';

export function idOf(number: number): string {
  return `i-${number.toString(16).padStart(17, '0')}`;
}

export function addressOf(number: number): string {
  return `10.0.${number >> 8}.${number & 255}`;
}

export function machine(number: number, entry: MachineEntry = {}): MachineEntry {
  return { id: idOf(number), region: REGION, type: 'g5.xlarge', private_ip: addressOf(number), ...entry };
}

/** Machines 1 to `count`, each of them ordinary. */
export function machines(count: number): readonly MachineEntry[] {
  return Array.from({ length: count }, (_, index) => machine(index + 1));
}

/** A fleet file is YAML, and so is JSON. */
export function fleetOf(entries: readonly MachineEntry[], accounts: MachineEntry = {}): Fleet {
  return parseFleet(JSON.stringify({ accounts, machines: entries }), Date.now());
}
