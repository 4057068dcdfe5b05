/** Of an alert or a series. To Prometheus, an empty label is one that is not there. */
export type Labels = Readonly<Record<string, string>>;
