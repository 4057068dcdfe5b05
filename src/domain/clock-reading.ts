/** A remote clock and ours at one moment. Milliseconds since the epoch; the remote clock shows whole seconds. */
export interface ClockReading {
  readonly local: number;
  readonly remote: number;
}
