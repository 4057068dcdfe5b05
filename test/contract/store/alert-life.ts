/** Alerts as they were, the webhooks that two Alertmanagers send of them, and the stretches that must come out. */
import fc from 'fast-check';
import { intend } from '../../../src/domain/intend.ts';
import type { AlertSpan } from '../../../src/domain/alert-span.ts';
import type { NewDelivery } from '../../../src/store/port.ts';
import { idOf, MINUTE, ORIGIN, T0 } from './samples.ts';

const HOUR = 60 * MINUTE;

/** Times are milliseconds. */
export interface Life {
  /** How far the senders' clocks are ahead of ours. */
  readonly ahead: number;
  readonly repeats: number;
  readonly alerts: readonly (readonly Firing[])[];
}

interface Firing {
  /** From the end of the one before. */
  readonly gap: number;
  readonly length: number;
  /** How late each sender is; undefined: it does not send. */
  readonly late: readonly [number | undefined, number | undefined];
  readonly isEndLost: boolean;
  /** Alertmanager leaves out the time of an end that it does not know. */
  readonly hasEndsAt: boolean;
}

/** Copies of the end are less late than an alert's pause, and a late copy is less late than what confirms an alert. */
const LATE = 50_000;
const lateness = fc.oneof({ weight: 4, arbitrary: fc.nat({ max: LATE }) }, fc.constant(undefined));

const firing: fc.Arbitrary<Firing> = fc.record({
  gap: fc.integer({ min: 12 * MINUTE, max: 9 * HOUR }),
  length: fc.integer({ min: MINUTE, max: 15 * HOUR }),
  late: fc.tuple(lateness, lateness),
  isEndLost: fc.boolean(),
  hasEndsAt: fc.boolean(),
});

export const arbitraryLife: fc.Arbitrary<Life> = fc.record({
  ahead: fc.constantFrom(0, 0, -5 * MINUTE, 5 * MINUTE),
  repeats: fc.constantFrom(HOUR, 4 * HOUR),
  alerts: fc.array(fc.array(firing, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 }),
});

interface Copy {
  readonly at: number;
  readonly rule: string;
  readonly status: 'firing' | 'resolved';
  readonly firing: Firing;
  readonly began: number;
  readonly ended: number;
}

function copiesOf({ alerts, repeats }: Life): readonly Copy[] {
  const copies = alerts.flatMap((firings, index) => {
    let end = T0;
    return firings.flatMap((each) => {
      const began = end + each.gap;
      end = began + each.length;
      const ended = end;
      const about = { rule: `rule-${index}`, firing: each, began, ended };
      return each.late.flatMap((late): readonly Copy[] => {
        if (late === undefined) return [];
        const times = Array.from({ length: Math.ceil(each.length / repeats) }, (_, count) => began + count * repeats);
        const said = times.map((time): Copy => ({ ...about, status: 'firing', at: time + late }));
        return each.isEndLost ? said : [...said, { ...about, status: 'resolved', at: ended + late }];
      });
    });
  });
  return copies.toSorted((one, other) => one.at - other.at);
}

let number = 1_000_000;

/** Copies of one moment are in one delivery. */
export function deliveriesOf(
  hostname: string,
  life: Life,
): readonly { readonly delivery: NewDelivery; readonly now: number }[] {
  const written = (ms: number): string => new Date(ms + life.ahead).toISOString();
  return [...Map.groupBy(copiesOf(life), ({ at }) => at)].map(([now, copies]) => {
    const members = copies.map(({ rule, status, began, ended, firing: { hasEndsAt } }) => {
      const labels = { alertname: rule, hostname, action: 'stop' };
      const endsAt = status === 'resolved' && hasEndsAt ? { endsAt: written(ended) } : {};
      const alert = { status, labels, startsAt: written(began), ...endsAt };
      const context = { route: 'hostname', defaultClient: 'native', labels: {}, now } as const;
      return { id: idOf((number += 1)), asked: intend(alert, context) };
    });
    return { delivery: { id: idOf((number += 1)), origin: ORIGIN, members }, now };
  });
}

type Told = Pick<AlertSpan, 'rule' | 'since' | 'until' | 'end' | 'heard'>;

/** By brute force, from all copies of one firing at once. */
export function spansOf(life: Life): readonly Told[] {
  const firings = [...Map.groupBy(copiesOf(life), ({ rule, began }) => `${rule} ${began}`).values()];
  const last = new Map(
    copiesOf(life)
      .filter(({ status }) => status === 'firing')
      .map((copy) => [copy.rule, copy.began]),
  );
  const spans = firings.flatMap((copies): Told[] => {
    const asks = copies.findIndex(({ status }) => status === 'firing');
    const [first] = copies.slice(asks);
    if (asks < 0 || first === undefined) return [];
    const heard = copies.slice(asks);
    const {
      rule,
      began,
      ended,
      firing: { hasEndsAt },
    } = first;
    const since = Math.min(began + life.ahead, first.at);
    const end = heard.find(({ status }) => status === 'resolved');
    const until = Math.max(...heard.map(({ at }) => at));
    if (end === undefined) {
      const lasts = last.get(rule) === began;
      return [{ rule, since, until, end: lasts ? 'firing' : 'unheard', heard: heard.length }];
    }
    const said = hasEndsAt ? ended + life.ahead : end.at;
    return [{ rule, since, until: Math.min(said, end.at), end: 'resolved', heard: heard.length }];
  });
  return spans.toSorted((one, other) => one.since - other.since);
}
