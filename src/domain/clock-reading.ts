/** What another computer's clock showed when ours showed `local`. Milliseconds since the epoch; whole seconds of the other's. */
export interface ClockReading {
  readonly local: number;
  readonly remote: number;
}
