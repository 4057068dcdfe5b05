/** A channel delivers messages. It knows nothing of operations, and the engine knows nothing of it. */
import type * as z from 'zod';
import type { SmtpSettings } from '../config/mail.ts';
import type { Message } from '../domain/message.ts';
import type { News } from '../domain/notice.ts';
import type { SlackBot } from './slack/settings.ts';

/** A notice on its way. */
export interface Letter {
  /** The notice's id: equal for every attempt. */
  readonly id: string;
  /** The channel's name. */
  readonly channel: string;
  readonly message: Message;
  readonly news: News;
  /** Of this attempt. Milliseconds since the epoch. */
  readonly now: number;
  /** An owner's e-mail address. Absent: whoever reads the channel. */
  readonly recipient?: string;
  /** Equal for messages about the same thing. */
  readonly thread: string;
  /** The vendor's id of the message of this thread that was sent before, if the channel gave one. */
  readonly earlier?: string;
}

export type Delivered =
  /** With the vendor's id of the message where a later one can edit it or answer to it. */
  | { readonly outcome: 'sent'; readonly reference?: string }
  /** It is tried again: after the time that the vendor asks for, otherwise after a back-off. */
  | { readonly outcome: 'later'; readonly error: string; readonly afterMs?: number }
  /** Trying again is of no use. */
  | { readonly outcome: 'never'; readonly error: string };

/** Errors hold no secrets: they are shown. */
export interface Channel {
  /** Resolves even when nobody answers; it rejects only for a fault of ours. */
  deliver(letter: Letter, signal: AbortSignal): Promise<Delivered>;
  /** Looks for faults that would keep messages from arriving, and sends none. For the doctor. */
  examine?(signal: AbortSignal): Promise<readonly Finding[]>;
  close?(): Promise<void>;
}

export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  readonly message: string;
  readonly remedy?: string;
}

/** The parts of the server that every channel may use. */
export interface ChannelParts {
  readonly clock: () => number;
  /** The address at which people reach the server. */
  readonly publicUrl?: string;
  /** The server that sends e-mail. */
  readonly smtp?: SmtpSettings;
  /** An IANA time zone, in which people read times. */
  readonly zone: string;
  /** How long a machine may be held from now, in milliseconds. */
  readonly longestHoldMs: number;
}

export interface SecretFile {
  readonly file: string;
  /** @throws Error that says what is wrong without the secret; by default only a file without any text is wrong */
  readonly read: (file: string) => unknown;
}

/** A channel's settings, bound to its kind. */
export interface Openable {
  /** The files with secrets that the settings name, by setting: an unusable one is told at start-up. */
  readonly secretFiles: Readonly<Record<string, string | SecretFile | undefined>>;
  /** It reaches the machine's owner. */
  readonly toOwner: boolean;
  /** The e-mail addresses that it writes to, each with a notice of its own. */
  readonly recipients?: readonly string[];
  /** It can show a link that acts by itself (`keep_now`). */
  readonly mayAct: boolean;
  readonly open: (parts: ChannelParts) => Channel;
  /** People answer in the channel by buttons and commands. */
  readonly slack?: SlackBot;
}

/**
 * A kind of channel: the schema of its settings, whose output can be opened.
 *
 * @param bind of settings that the schema has accepted
 */
export function channelKind<S extends z.ZodType>(
  settings: S,
  bind: (settings: z.output<S>) => Partial<Openable> & Pick<Openable, 'open'>,
): z.ZodType<Openable> {
  return settings
    .transform((given): Openable => ({ secretFiles: {}, toOwner: false, mayAct: false, ...bind(given) }))
    .describe(settings.description ?? '');
}
