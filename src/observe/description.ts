/** A metric as the catalog describes it. */
export interface Description {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** The values of each label, or a text about them if the list is open. */
  readonly labels?: Readonly<Record<string, readonly string[] | string>>;
  /** The combinations that exist from the start. Default: all, which requires closed lists. */
  readonly series?: readonly Readonly<Record<string, string>>[];
  /** The buckets of a histogram, in its unit. */
  readonly buckets?: readonly number[];
  /** A useful query. */
  readonly example?: string;
}
