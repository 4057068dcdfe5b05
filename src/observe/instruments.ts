/** The catalogue's metrics as prom-client knows them: each with its help, its labels and its series at zero. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { CATALOG, seriesOf, type Description, type MetricName } from './catalog.ts';

type Kind = Description['type'];
/** The names of the metrics of one type: a counter cannot be asked for by a gauge's name. */
export type NameOf<K extends Kind> = {
  [N in MetricName]: (typeof CATALOG)[N]['type'] extends K ? N : never;
}[MetricName];

/** Takes each metric out of the catalogue, and registers it. */
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
