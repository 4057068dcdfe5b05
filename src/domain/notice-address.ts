/** A channel, and whom it is to reach there if not all who read it: an owner's e-mail address. */
export interface Address {
  readonly channel: string;
  readonly recipient?: string;
}
