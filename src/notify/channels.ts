/** Every kind of channel. A new one is a file, or a folder, and one line here. */
import type * as z from 'zod';
import type { Openable } from './channel.ts';
import { slack } from './slack/slack.ts';
import { email } from './email/email.ts';
import { webhook } from './webhook.ts';

export const CHANNEL_KINDS: Readonly<Record<string, z.ZodType<Openable>>> = {
  email,
  webhook,
  slack,
};
