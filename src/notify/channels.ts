/** Every kind of channel. A new one is a file, or a folder, and one line here. */
import type * as z from 'zod';
import type { Openable } from './channel.ts';
import { discord } from './discord.ts';
import { googleChat } from './google-chat.ts';
import { mattermost } from './mattermost.ts';
import { ntfy } from './ntfy.ts';
import { slack } from './slack/slack.ts';
import { email } from './email/email.ts';
import { teams } from './teams.ts';
import { telegram } from './telegram.ts';
import { webhook } from './webhook.ts';

export const CHANNEL_KINDS: Readonly<Record<string, z.ZodType<Openable>>> = {
  email,
  webhook,
  slack,
  teams,
  ntfy,
  discord,
  mattermost,
  google_chat: googleChat,
  telegram,
};
