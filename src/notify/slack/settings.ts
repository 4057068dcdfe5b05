/** The settings of Slack. */
import type { SlackApi } from './call.ts';

/** What people may do by buttons and commands. */
export const SLACK_RIGHTS = ['hold', 'start', 'stop'] as const;
export type SlackRight = (typeof SLACK_RIGHTS)[number];

/** A bot that writes to a channel, or to the owners of machines. */
export interface SlackBot {
  readonly api: SlackApi;
  /** Absent: the owner of each machine. */
  readonly channel?: string;
  /** By which people answer; absent: they cannot. */
  readonly answers?: SlackAnswers;
  readonly may: ReadonlySet<SlackRight>;
  /** The id of the workspace; absent: that of the bot token. */
  readonly team?: string;
}

export type SlackAnswers =
  | { readonly by: 'socket'; readonly tokenFile: string }
  | { readonly by: 'http'; readonly secretFile: string };
