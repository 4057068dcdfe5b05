/** How a machine stands at this moment, for a page about it. Nothing is recorded, and nothing is changed. */
import { COUNTED_MS, limitsOn, type HoldLimits, type HoldSettings } from '../domain/admit-hold.ts';
import type { Checks } from '../domain/checks.ts';
import type { Instance } from '../domain/instance.ts';
import { mayHaveBeenSent, type Operation } from '../domain/operation.ts';
import type { Hold, Lease } from '../domain/voice.ts';
import type { Store } from '../store/port.ts';
import type { AnsweredMachine } from './answers.ts';
import type { Located, Locate } from './locate.ts';

export interface MachineNow {
  readonly located: Located;
  /** What EC2's status checks say, of a machine that runs. */
  readonly checks: Checks;
  /** The operation that the message was about; absent once it was deleted. */
  readonly told?: Operation;
  /** The automatic stop that is open: one that was sent, else the one that was told of, else any. */
  readonly stop?: Operation;
  /** The newest request to start the machine. */
  readonly start?: Operation;
  /** Those that have not ended. */
  readonly holds: readonly Hold[];
  readonly lease?: Lease;
  readonly limits: HoldLimits;
  /** All holds that a limit counts. */
  readonly counted: readonly Hold[];
}

export interface LookNowParts {
  readonly store: Pick<Store, 'find' | 'openOn' | 'list' | 'voices' | 'heldSince'>;
  readonly locate: Locate;
  /** @throws Ec2Error */
  readonly readChecks: (instance: Instance) => Promise<Checks>;
  readonly holds: HoldSettings;
  readonly clock: () => number;
}

export type LookNow = (machine: AnsweredMachine, told?: string) => Promise<MachineNow>;

export function createLookNow(parts: LookNowParts): LookNow {
  const { store, holds, clock } = parts;
  const look = sparing(parts);
  return async (machine, told) => {
    const now = clock();
    const { id } = machine;
    const [seen, about, open, [start], voices, counted] = await Promise.all([
      look(machine),
      told === undefined ? undefined : store.find(told),
      store.openOn(id, []),
      store.list({ machine: { instance: id, target: id }, verb: 'start', dryRun: false, limit: 1 }),
      store.voices([id], now),
      store.heldSince(id, now - COUNTED_MS),
    ]);
    const stop = openStop(open, told);
    const voice = voices.get(id);
    return {
      ...seen,
      ...(about === undefined ? {} : { told: about }),
      ...(stop === undefined ? {} : { stop }),
      ...(start === undefined ? {} : { start }),
      holds: voice?.holds ?? [],
      ...(voice?.lease === undefined ? {} : { lease: voice.lease }),
      limits: limitsOn(seen.located.located === 'machine' ? seen.located.instance : undefined, holds),
      counted,
    };
  };
}

function openStop(open: readonly Operation[], told: string | undefined): Operation | undefined {
  const stops = open.filter(({ intent }) => intent.verb === 'stop' && !intent.dryRun);
  return stops.find(mayHaveBeenSent) ?? stops.find(({ id }) => id === told) ?? stops.at(0);
}

type Seen = Pick<MachineNow, 'located' | 'checks'>;

/** Pages that are open at the same time share a look. In milliseconds. */
const SHARED_MS = 1_000;
const MOST_SHARED = 1_000;

/** A link may be in the hands of many, and EC2's rate is for starts and stops. */
function sparing({ locate, readChecks, clock }: LookNowParts): (machine: AnsweredMachine) => Promise<Seen> {
  const looks = new Map<string, { readonly at: number; readonly seen: Promise<Seen> }>();
  async function look({ id, region, account }: AnsweredMachine): Promise<Seen> {
    const place = { ...(region === undefined ? {} : { region }), ...(account === undefined ? {} : { account }) };
    const located = await locate({ target: { kind: 'instance', id, text: id }, ...place });
    if (located.located !== 'machine' || located.instance.state !== 'running') return { located, checks: 'unknown' };
    // The page says that the machine runs, whatever is known of its checks.
    return { located, checks: await readChecks(located.instance).catch(() => 'unknown' as const) };
  }
  return async (machine) => {
    const key = `${machine.account ?? ''}/${machine.region ?? ''}/${machine.id}`;
    const shared = looks.get(key);
    // The clock may be set back.
    if (shared !== undefined && Math.abs(clock() - shared.at) < SHARED_MS) return shared.seen;
    const seen = look(machine);
    looks.delete(key);
    looks.set(key, { at: clock(), seen });
    const [oldest] = looks.keys();
    if (looks.size > MOST_SHARED && oldest !== undefined) looks.delete(oldest);
    seen.catch(() => looks.delete(key));
    return seen;
  };
}
