/** What a panel of the dashboard is described by, before it becomes one of Grafana's. */

export interface Query {
  readonly expr: string;
  /** How a series is called; Grafana fills in labels. */
  readonly legend: string;
}

interface PanelBase {
  readonly title: string;
  /** What it means, and what to do about it. Shown when the mouse is over the title. */
  readonly description: string;
  /** Of Grafana's 24 columns. */
  readonly width: number;
  readonly unit?: string;
  readonly queries: readonly [Query, ...Query[]];
}

/** One number: now, or over the time that is shown. */
export interface NumberPanel extends PanelBase {
  readonly kind: 'number';
  /** From which value on it is red. */
  readonly redFrom?: number;
}

export interface LinesPanel extends PanelBase {
  readonly kind: 'lines';
}

/** Counted things, stacked. */
export interface BarsPanel extends PanelBase {
  readonly kind: 'bars';
}

/** One line per series, a column per label. */
export interface TablePanel extends PanelBase {
  readonly kind: 'table';
}

export type Panel = NumberPanel | LinesPanel | BarsPanel | TablePanel;

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}
