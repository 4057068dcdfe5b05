/** Looks for what would keep messages and presses from arriving. */
import * as z from 'zod';
import type { Finding } from '../channel.ts';
import { callSlack, type SlackAnswer } from './call.ts';
import { tellSlackError } from './errors.ts';
import { tellAppError } from './socket-mode.ts';
import type { SlackBot } from './settings.ts';

const whoSchema = z.looseObject({ team: z.string().optional(), team_id: z.string(), user: z.string().optional() });

export async function examineBot(bot: SlackBot, signal: AbortSignal): Promise<readonly Finding[]> {
  const who = await callSlack(bot.api, 'auth.test', {}, signal);
  if (!who.ok) return [{ level: 'fail', message: `the bot cannot sign in: ${tellSlackError(who)}` }];
  const { team, team_id: teamId, user } = whoSchema.safeParse(who.body).data ?? { team_id: 'an unknown workspace' };
  return [
    {
      level: 'ok',
      message: `the bot ${user ?? ''} signs in to ${team ?? teamId} (${teamId})`.replace('bot  ', 'bot '),
    },
    ...(bot.team === undefined || bot.team === teamId
      ? []
      : [
          {
            level: 'fail',
            message: `the bot is in the workspace ${teamId}, and team is ${bot.team}: no press counts`,
            remedy: 'set team to the workspace of the bot, or leave it out',
          } as const,
        ]),
    ...scopeFindings(bot, who.scopes),
    ...(await channelFindings(bot, signal)),
    ...(await appFindings(bot, signal)),
  ];
}

function scopeFindings({ channel }: SlackBot, scopes: readonly string[] | undefined): readonly Finding[] {
  if (scopes === undefined) return [];
  const needed = ['chat:write', ...(channel === undefined ? ['users:read', 'users:read.email'] : [])];
  const missing = needed.filter((scope) => !scopes.includes(scope));
  if (missing.length === 0) return [{ level: 'ok', message: `the bot has the scopes ${needed.join(', ')}` }];
  return [
    {
      level: 'fail',
      message: `the bot lacks the scopes ${missing.join(', ')}`,
      remedy: 'add them under OAuth & Permissions of the app, and install it again',
    },
  ];
}

const channelSchema = z.looseObject({
  channel: z.looseObject({ is_member: z.boolean().optional(), is_archived: z.boolean().optional() }),
});

async function channelFindings({ api, channel }: SlackBot, signal: AbortSignal): Promise<readonly Finding[]> {
  if (channel === undefined) return [];
  const answer = await callSlack(api, 'conversations.info', { channel }, signal);
  if (!answer.ok) return [channelFault(channel, answer)];
  const { is_member: isMember, is_archived: isArchived } = channelSchema.safeParse(answer.body).data?.channel ?? {};
  if (isArchived === true)
    return [
      { level: 'fail', message: `the channel ${channel} is archived`, remedy: 'bring it back, or set another one' },
    ];
  if (isMember === true) return [{ level: 'ok', message: `the bot is in the channel ${channel}` }];
  return [
    {
      level: 'fail',
      message: `the bot is not in the channel ${channel}`,
      remedy: 'write /invite @ec2-operator in the channel',
    },
  ];
}

function channelFault(channel: string, answer: Extract<SlackAnswer, { readonly ok: false }>): Finding {
  if (answer.error !== 'missing_scope')
    return { level: 'fail', message: `the channel ${channel}: ${tellSlackError(answer)}` };
  return {
    level: 'warn',
    message: `it could not be checked whether the bot is in the channel ${channel}`,
    remedy: `add the scope ${answer.needed ?? 'channels:read'} to the app for this check; ec2-operator notify test tries the channel without it`,
  };
}

/** To ask for the address of a connection opens none. */
async function appFindings({ api, answers }: SlackBot, signal: AbortSignal): Promise<readonly Finding[]> {
  if (answers?.by !== 'socket') return [];
  const answer = await callSlack({ ...api, tokenFile: answers.tokenFile }, 'apps.connections.open', {}, signal);
  if (answer.ok) return [{ level: 'ok', message: 'the app can be reached by Socket Mode' }];
  return [{ level: 'fail', message: `the app cannot be reached by Socket Mode: ${tellAppError(answer)}` }];
}
