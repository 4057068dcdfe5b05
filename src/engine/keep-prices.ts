/**
 * Keeps list prices up to date: the replica that watches machines asks the Pricing API once a day for each kind of machine, and all read
 * what it has stored. A failure leaves the prices as they are, with their date; nothing waits for prices.
 */
import { isListedRegion, priceKey, priceOf, regionOfZone, type Priced, type Prices } from '../domain/price.ts';
import { tellError } from '../ec2/remedies.ts';
import { Ec2Error } from '../ec2/port.ts';
import type { Pricing, PriceQuestion } from '../pricing/port.ts';
import type { Store } from '../store/port.ts';
import { sleep } from './sleep.ts';

export interface PriceKeeperParts {
  readonly store: Pick<Store, 'listPrices' | 'keepListPrice' | 'pricedMachines'>;
  /** Its map of listed prices is kept up to date. */
  readonly prices: Prices;
  /** Absent: the Pricing API is not asked. */
  readonly pricing?: Pick<Pricing, 'ask'> | undefined;
  /** Whether this replica is the one that asks. */
  readonly isChosen: () => boolean;
  readonly clock: () => number;
  readonly log: { warn(fields: object, message: string): void };
  readonly observer: { fault(what: string, error: unknown): void };
}

export interface PriceKeeper {
  /** Reads what is stored, and asks for what is due. */
  readonly tick: (signal: AbortSignal) => Promise<void>;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

const DAY_MS = 86_400_000;
/** The server starts, and the watch has its first look, before anything is loaded for prices. */
const FIRST_AFTER_MS = 30_000;
const EVERY_MS = 60_000;
/** After a failure; doubled with each that follows. */
const BACK_OFF_MS = 60_000;
const MAX_BACK_OFF_MS = 6 * 3_600_000;

export function createPriceKeeper(parts: PriceKeeperParts): PriceKeeper {
  const { store, prices, pricing, isChosen, clock } = parts;
  const triedAt = new Map<string, number>();
  let failures = 0;
  let retryAt = 0;

  const read = async () => {
    const told = await store.listPrices();
    for (const key of prices.listed.keys()) if (told.get(key)?.perHour === undefined) prices.listed.delete(key);
    for (const [key, { perHour, at }] of told) if (perHour !== undefined) prices.listed.set(key, { perHour, at });
    return told;
  };

  const ask = async (key: string, question: PriceQuestion, asking: Pick<Pricing, 'ask'>): Promise<void> => {
    const perHour = await asking.ask(question);
    await store.keepListPrice(key, { ...(perHour === undefined ? {} : { perHour }), at: clock() });
  };

  const tick = async (signal: AbortSignal): Promise<void> => {
    const told = await read();
    if (pricing === undefined || !isChosen() || clock() < retryAt) return;
    const due = priceQuestions(await store.pricedMachines(), prices).filter(
      ([key]) => clock() - (told.get(key)?.at ?? -Infinity) >= DAY_MS,
    );
    // A question that fails again and again comes last.
    const inOrder = due.toSorted(([one], [other]) => (triedAt.get(one) ?? 0) - (triedAt.get(other) ?? 0));
    for (const [key, question] of inOrder) {
      if (signal.aborted || !isChosen()) return;
      triedAt.set(key, clock());
      try {
        await ask(key, question, pricing);
        failures = 0;
      } catch (error) {
        if (!(error instanceof Ec2Error)) throw error;
        retryAt = clock() + Math.min(MAX_BACK_OFF_MS, BACK_OFF_MS * 2 ** failures);
        failures += 1;
        // A shutdown ends the call.
        if (isOn(signal)) warn(parts, error, failures);
        break;
      }
    }
    await read();
  };

  const tickSafely = async (signal: AbortSignal): Promise<void> => {
    try {
      await tick(signal);
    } catch (error) {
      parts.observer.fault('list prices could not be kept up to date', error);
    }
  };

  return {
    tick,
    run: async (signal) => {
      // Stored prices are known at once.
      await read().catch((error: unknown) => parts.observer.fault('list prices could not be read', error));
      await sleep(FIRST_AFTER_MS, signal);
      while (!signal.aborted) {
        await tickSafely(signal);
        await sleep(EVERY_MS, signal);
      }
    },
  };
}

function isOn({ aborted }: AbortSignal): boolean {
  return !aborted;
}

function warn({ log }: PriceKeeperParts, error: Ec2Error, failures: number): void {
  // Of a row of failures, one line is enough.
  if (failures > 1) return;
  log.warn(
    { code: error.code, error: tellError(error) },
    'the Pricing API gave no prices: those that are known stay, with their dates. Allow pricing:GetProducts, or set prices.pricing_api: false',
  );
}

/** The questions that the list prices of machines need: those with a configured price need none. */
export function priceQuestions(
  machines: readonly Priced[],
  prices: Prices,
): readonly (readonly [string, PriceQuestion])[] {
  const questions = new Map<string, PriceQuestion>();
  for (const machine of machines) {
    const { type, billing, availabilityZone } = machine;
    const [key, region] = [priceKey(machine), regionOfZone(availabilityZone)];
    if (key === undefined || type === undefined || billing === undefined || !isListedRegion(region)) continue;
    if (priceOf(machine, prices)?.basis === 'configured') continue;
    questions.set(key, { region, type, usage: billing.usage, tenancy: billing.tenancy });
  }
  return [...questions];
}
