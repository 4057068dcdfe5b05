/** The keys by which entries about a delivery are known as repetitions: Alertmanager sends an unchanged group again and again. */
import type { Receipt } from '../domain/receipt.ts';
import type { NewDelivery } from './port.ts';

export interface RepeatKeys {
  /** Of the delivery itself. */
  readonly delivery: string | undefined;
  /** Of its alerts, in order. */
  readonly alerts: readonly (string | undefined)[];
}

/** A request by a person has no key: each of hers is a word of its own. */
export function repeatKeysOf({ origin, members }: NewDelivery, receipts: readonly Receipt[]): RepeatKeys {
  const { who, method, route, receiver } = origin;
  const isPerson =
    method === 'GET' || members.some(({ asked }) => asked.outcome === 'intent' && asked.fingerprint === '');
  if (isPerson) return { delivery: undefined, alerts: [] };
  const sender = [who.name, who.remote, route, receiver ?? ''];
  // An alert without labels is known by what is wrong with it. A delivery may have an alert twice.
  const names = members.map(({ asked }, index) => asked.fingerprint || (receipts[index]?.message ?? ''));
  const seen = new Map<string, number>();
  const alerts = names.map((name) => {
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return JSON.stringify(['alert', ...sender, name, before]);
  });
  // A group that leads to another operation is none that repeats.
  const became = names.map((name, index) => `${name} ${receipts[index]?.operation ?? ''}`);
  return { delivery: JSON.stringify(['delivery', ...sender, ...became.toSorted()]), alerts };
}
