/** Time zones, by the names that can be counted with: not every one that can be formatted with is among them. */

/** Whether Temporal, which all times of day are counted with, knows the zone. `IST` is shown by Intl and refused here. */
export function isZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}
