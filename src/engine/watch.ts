/**
 * The watch: looks at every machine once a minute, in one place beside the other, and page after page in each. One replica does it at a
 * time. It stays behind the engine's own calls, and a place that fails holds up no other: its machines are then not seen, and say since
 * when.
 */
import { placeKey, type Place } from '../domain/instance.ts';
import type { MachineInPlace } from '../domain/machine.ts';
import { isThrottled } from '../ec2/error-table.ts';
import { Ec2Error } from '../ec2/port.ts';
import { tellError } from '../ec2/remedies.ts';
import type { Observer } from '../observe/observer.ts';
import type { LookFailure } from '../observe/watch-log.ts';
import type { Store } from '../store/port.ts';
import { queueFor } from './lookup-queue.ts';
import { createPlaceLook, type LookParts } from './place-look.ts';
import { sleep } from './sleep.ts';
import { createWatchClaim } from './watch-claim.ts';

export interface WatchParts extends LookParts {
  readonly store: Pick<Store, 'claimWatch' | 'forgetUnseen' | 'forgetOtherPlaces' | 'namedMachines'>;
  /** Where to look. Empty: the place that the AWS client is set up for. */
  readonly places: readonly Place[];
  /** Unique to this process. */
  readonly owner: string;
  /** Milliseconds that never go back. */
  readonly elapsed: () => number;
  readonly observer: Pick<Observer, 'watchBegan' | 'watched' | 'watchFailed' | 'watchEnded' | 'fault'>;
}

export interface Watch {
  /** Whether this replica has the watch. */
  readonly isHeld: () => boolean;
  /** Begins to look at the places that are due, if this replica has the watch. @returns the looks, none of which rejects */
  readonly tick: (signal: AbortSignal) => Promise<readonly Promise<void>[]>;
  /** Resolves when the signal is aborted, and another replica can have the watch. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** The first look loads the AWS client, which holds up everything else for a moment: a server that has just started is asked by probes. */
const FIRST_AFTER_MS = 2_000;
const TICK_MS = 5_000;
const EVERY_MS = 60_000;
/** A place that fails again and again is asked at least so often. */
const SELDOM_MS = 5 * 60_000;
/** Pages that are asked for and read at the same time. */
const SIDE_BY_SIDE = 4;
/** Machines that operations have named stay watched for this time */
const NAMED_FOR_MS = 7 * 86_400_000;

/** A place, and how its looks went. */
interface Watched {
  readonly place: Place;
  readonly look: ReturnType<typeof createPlaceLook>;
  /** By `elapsed`. */
  dueAt: number;
  shownAs: Place | undefined;
  failures: number;
  isLooking: boolean;
}

export function createWatch(parts: WatchParts): Watch {
  const { store, observer, clock, elapsed } = parts;
  const configured =
    parts.places.length === 0 ? [{}] : parts.places.map(({ account, region }) => toPlace(account, region));
  const claim = createWatchClaim(parts);
  const { inTurn } = queueFor(SIDE_BY_SIDE);
  const watched = new Map<string, Watched>();
  let isWatching = false;

  const add = (place: Place, isSurveyed: boolean): void => {
    const key = placeKey(place);
    if (watched.has(key)) return;
    const look = createPlaceLook({ ...parts, inTurn, mayGoOn: claim.isHeld }, place, isSurveyed);
    const shownAs = place.region === undefined ? undefined : place;
    watched.set(key, { place, look, dueAt: -Infinity, shownAs, failures: 0, isLooking: false });
  };
  for (const place of configured) add(place, true);

  /** A region that is not configured is looked at for the machines that operations have named there. */
  const addNamed = (named: readonly MachineInPlace[]): void => {
    for (const { place } of named) {
      const ofAccount = configured.filter(({ account }) => account === place.account);
      const isKnown = ofAccount.length > 0 && ofAccount.every(({ region }) => region !== undefined);
      if (isKnown && place.region !== undefined) add(place, false);
    }
  };

  const lookAt = async (one: Watched, named: readonly MachineInPlace[], signal: AbortSignal): Promise<void> => {
    const begin = elapsed();
    one.isLooking = true;
    try {
      const { states, shownAs } = await one.look(namedIn(one.place, named), signal);
      one.failures = 0;
      one.shownAs = shownAs;
      observer.watched(one.place, states);
    } catch (error) {
      if (signal.aborted || !claim.isHeld()) return;
      one.failures += 1;
      if (error instanceof Ec2Error) observer.watchFailed(one.place, failureOf(error));
      else observer.fault('the machines of a place could not be recorded', error);
    } finally {
      one.isLooking = false;
      one.dueAt = begin + Math.min(SELDOM_MS, EVERY_MS * 2 ** one.failures);
    }
  };

  const tick: Watch['tick'] = async (signal) => {
    if (!(await claim.hold())) {
      if (isWatching) observer.watchEnded();
      isWatching = false;
      return [];
    }
    if (!isWatching) observer.watchBegan(configured);
    isWatching = true;
    if (![...watched.values()].some(isDue)) return [];
    const named = await store.namedMachines(clock() - NAMED_FOR_MS, clock());
    addNamed(named);
    await forgetOthers();
    return [...watched.values()].filter(isDue).map(async (one) => lookAt(one, named, signal));
  };
  /** The configuration may have named other accounts and regions before. */
  const forgetOthers = async (): Promise<void> => {
    const places = [...watched.values()].map(({ shownAs }) => shownAs);
    if (places.every((place) => place !== undefined)) await store.forgetOtherPlaces(places, clock());
  };
  const isDue = ({ isLooking, dueAt }: Watched): boolean => !isLooking && elapsed() >= dueAt;

  return {
    isHeld: claim.isHeld,
    tick,
    run: async (signal) => {
      const looks = new Set<Promise<void>>();
      await sleep(FIRST_AFTER_MS, signal);
      while (!signal.aborted) {
        for (const look of await tickSafely(signal)) {
          looks.add(look);
          void look.then(() => looks.delete(look));
        }
        await sleep(TICK_MS, signal);
      }
      await Promise.all(looks);
      await claim.release();
    },
  };

  async function tickSafely(signal: AbortSignal): Promise<readonly Promise<void>[]> {
    try {
      return await tick(signal);
    } catch (error) {
      observer.fault('the watch of machines could not begin', error);
      return [];
    }
  }
}

function failureOf(error: Ec2Error): LookFailure {
  return { code: error.code, message: tellError(error), throttled: isThrottled(error) };
}

/** A place without a region has that of its machines. */
function namedIn({ account, region }: Place, named: readonly MachineInPlace[]): readonly string[] {
  return named
    .filter(({ place }) => place.account === account && (region === undefined || place.region === region))
    .map(({ id }) => id);
}

function toPlace(account: string | undefined, region: string | undefined): Place {
  return { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) };
}
