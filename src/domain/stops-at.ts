/** When a machine stops by itself, as far as people were told. */
import type { MachineRow } from './machine.ts';
import { isOnItsWay } from './open-now.ts';

/**
 * The time of the stop that people were warned of, else the end of the lease. Absent where no time is set: the machine does not run,
 * nothing asks for its stop, a start or stop is under way, or the stop waits for something else, such as a hold. Milliseconds since
 * the epoch.
 */
export function stopsAt({ machine, open, hold, lease }: MachineRow): number | undefined {
  if (machine.state !== 'running' && machine.state !== 'pending') return undefined;
  if (isOnItsWay(open)) return undefined;
  if (open?.intent.verb === 'stop' && open.state === 'waiting' && open.reason === 'warned' && open.warned !== undefined)
    return open.warned.stopsAt;
  if (lease === undefined || lease.isStopping === true) return undefined;
  return hold === undefined ? lease.until : Math.max(lease.until, hold.until);
}
