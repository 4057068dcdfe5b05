/** A message as every channel gets it: plain text, which each channel puts into its own form and escapes. */
import type { NewsMachine, NoticeKind } from './notice.ts';

export interface Message {
  readonly kind: NoticeKind;
  /** At most 150 characters: the machine's name, and one absolute time with its zone. */
  readonly title: string;
  /** A few sentences. */
  readonly text: string;
  readonly facts: readonly Fact[];
  /** In the order in which they are offered. */
  readonly links: readonly MessageLink[];
  /** Absent for a test. */
  readonly machine?: NewsMachine;
  readonly operation?: string;
  /** It goes without sound. */
  readonly isQuiet: boolean;
}

export interface Fact {
  readonly name: string;
  readonly value: string;
}

export const LINK_PURPOSES = ['keep', 'wake', 'see', 'keep_now'] as const;
export type LinkPurpose = (typeof LINK_PURPOSES)[number];

/** `keep_now` is for the action of ntfy alone: its POST acts without a page. */
export interface MessageLink {
  readonly purpose: LinkPurpose;
  /** The text of its button. */
  readonly label: string;
  readonly url: string;
}
