/** A remote clock beside ours at the same moment. Milliseconds since the epoch; the remote one shows whole seconds. */
export interface ClockReading {
  readonly local: number;
  readonly remote: number;
}
