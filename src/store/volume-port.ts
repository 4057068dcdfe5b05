/** The part of the store port that is about the volumes of machines. */
import type { MachineInPlace } from '../domain/machine.ts';
import type { Volume } from '../domain/volume.ts';

export interface VolumeStore {
  /** The listed machines whose volumes were not read since then, or never. */
  machinesWithOldVolumes(since: number): Promise<readonly MachineInPlace[]>;
  /**
   * From now on, a stop that is recorded is recorded with them.
   *
   * @param found by the ids of machines; ids that are unknown are left out
   * @param at when EC2 was asked; earlier than the known time, it changes nothing
   */
  keepVolumes(found: ReadonlyMap<string, readonly Volume[]>, at: number): Promise<void>;
}
