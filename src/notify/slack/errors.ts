/** What Slack's errors mean for a message, and what to do about them. */
import type { Delivered } from '../channel.ts';
import type { SlackError } from './call.ts';

/** Trying again is of no use before a person has done this. */
const REMEDIES: Readonly<Record<string, string>> = {
  invalid_auth: 'Slack does not know the bot token: install the app again, and replace the token in bot_token_file',
  not_authed: 'Slack does not know the bot token: install the app again, and replace the token in bot_token_file',
  account_inactive: 'the app was removed from the workspace: install it again, and replace the token in bot_token_file',
  token_revoked: 'the bot token was revoked: install the app again, and replace the token in bot_token_file',
  token_expired:
    'the bot token has expired: switch token rotation off in the settings of the app, and replace the token in bot_token_file',
  not_allowed_token_type: 'this is another kind of token: bot_token_file takes one that begins with xoxb-',
  access_denied: 'an administrator of the workspace does not allow the app',
  team_access_not_granted: 'an administrator of the workspace has to approve the app',
  no_permission: 'an administrator of the workspace does not allow the app to do this',
  restricted_action: 'the workspace does not let the app write to this channel: an administrator can allow it',
  restricted_action_read_only_channel: 'only some people may write to this channel: allow the app to',
  channel_not_found:
    'Slack knows no such channel, or the bot may not see it: set the id that Slack shows under "About" of the channel, and write /invite @ec2-operator there',
  not_in_channel: 'the bot is not in the channel: write /invite @ec2-operator there',
  is_archived: 'the channel is archived: bring it back, or set another one',
  users_not_found: 'no member of the workspace has this e-mail address',
  user_not_found: 'no member of the workspace has this e-mail address',
  user_disabled: 'this member of the workspace is deactivated',
  cannot_dm_bot: 'this address belongs to a bot',
  messages_tab_disabled: 'the app takes no direct messages: switch its Messages Tab on under App Home',
  not_allowed: 'the workspace does not allow this',
};

/** The outcome of a message that Slack did not take. Unknown errors are tried again: the engine hears of it meanwhile. */
export function outcomeOfError(answer: SlackError): Delivered {
  const { error, afterMs } = answer;
  const told = tellSlackError(answer);
  if (error === 'missing_scope' || Object.hasOwn(REMEDIES, error)) return { outcome: 'never', error: told };
  return { outcome: 'later', error: told, ...(afterMs === undefined ? {} : { afterMs }) };
}

/** A sentence that says what to do, without secrets. */
export function tellSlackError({ error, detail, needed, afterMs }: SlackError): string {
  if (error === 'unreachable') return `Slack gave ${detail ?? 'no answer'}`;
  if (error === 'ratelimited') return `Slack wants to be asked again in ${Math.ceil((afterMs ?? 0) / 1_000)} s`;
  if (error === 'missing_scope')
    return `missing_scope: add the scope ${needed ?? 'that is missing'} to the app, and install it again`;
  if (error === 'no_token') return detail ?? 'the token cannot be read';
  const remedy = Object.hasOwn(REMEDIES, error) ? REMEDIES[error] : undefined;
  return remedy === undefined ? `Slack answered ${error}` : `${error}: ${remedy}`;
}
