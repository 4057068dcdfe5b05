/** The metrics of the catalogue in prom-client, with their series at zero. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { CATALOG, seriesOf, type MetricName } from './catalog.ts';
import type { Description } from './description.ts';

type Kind = Description['type'];
/** The names of the metrics of one type. */
export type NameOf<K extends Kind> = {
  [N in MetricName]: (typeof CATALOG)[N]['type'] extends K ? N : never;
}[MetricName];

/** Each function registers the metric. */
export interface Instruments {
  counter(name: NameOf<'counter'>): Counter;
  gauge(name: NameOf<'gauge'>): Gauge;
  histogram(name: NameOf<'histogram'>): Histogram;
}

export function createInstruments(registry: Registry): Instruments {
  const base = (name: MetricName): { name: string; help: string; labelNames: string[]; registers: Registry[] } => {
    const { help, labels = {} }: Description = CATALOG[name];
    return { name, help, labelNames: Object.keys(labels), registers: [registry] };
  };
  return {
    counter: (name) => {
      const counter = new Counter(base(name));
      for (const labels of seriesOf(CATALOG[name])) counter.inc(labels, 0);
      return counter;
    },
    gauge: (name) => {
      const gauge = new Gauge(base(name));
      for (const labels of seriesOf(CATALOG[name])) gauge.set(labels, 0);
      return gauge;
    },
    histogram: (name) => {
      const { buckets } = CATALOG[name];
      const histogram = new Histogram({ ...base(name), buckets: [...buckets] });
      for (const labels of seriesOf(CATALOG[name])) histogram.zero(labels);
      return histogram;
    },
  };
}
