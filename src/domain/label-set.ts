/** Of an alert or a series. To Prometheus, an empty label is a missing one. */
export type Labels = Readonly<Record<string, string>>;
