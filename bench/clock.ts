/** Milliseconds of the machine's monotonic clock: comparable between processes, never set back, finer than a millisecond. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
