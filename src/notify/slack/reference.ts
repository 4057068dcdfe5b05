/** The id of a message: that of its conversation, and its time. A notice keeps it. */

export function referenceOf(channel: string, ts: string): string {
  return `${channel}:${ts}`;
}

export function readReference(reference: string): { readonly channel: string; readonly ts: string } | undefined {
  const [channel, ts] = reference.split(':');
  return channel === undefined || ts === undefined ? undefined : { channel, ts };
}
