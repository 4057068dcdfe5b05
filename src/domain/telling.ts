/** Who is told about which machine. */
import type { NoticeKind } from './notice.ts';
import type { Selector } from './selector.ts';
import type { Window } from './window.ts';

export interface TellingSettings {
  readonly channels: readonly ChannelRule[];
  readonly owners: OwnerAddresses;
}

/** The part of a channel's configuration that decides whether it is told. */
export interface ChannelRule {
  readonly name: string;
  readonly kind: string;
  /** Absent: all machines. */
  readonly only?: Selector;
  readonly tells: ReadonlySet<NoticeKind>;
  /** It reaches the machine's owner; a machine without one is not told about there. */
  readonly toOwner: boolean;
  /** Forbidding windows; see `nextFree`. */
  readonly quietHours: readonly Window[];
}

/** How a machine's owner is reached. */
export interface OwnerAddresses {
  /** The tags that name the owner: the first that the machine has. */
  readonly tags: readonly string[];
  /** The e-mail address, with `{owner}` for the tag's value. */
  readonly email: string;
  /** Nobody else is ever written to: whoever tags a machine chooses the owner. */
  readonly domains: readonly string[];
}
