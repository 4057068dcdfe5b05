/** Slack: by an incoming webhook, or by the bot of an app. */
import * as z from 'zod';
import { complain, distinct, filePath, httpUrl } from '../../config/fields.ts';
import { channelKind } from '../channel.ts';
import { readSecretUrl } from '../secret.ts';
import { slackBot } from './bot.ts';
import { SLACK_RIGHTS, type SlackAnswers, type SlackBot } from './settings.ts';
import { slackWebhook } from './webhook.ts';

const id = (letters: string, expected: string): z.ZodString =>
  z.string().regex(new RegExp(`^[${letters}][A-Z0-9]{2,30}$`), expected);

const settingsSchema = z
  .strictObject({
    webhook_url_file: z.exactOptional(filePath.describe("A file with an incoming webhook's URL. It stands alone.")),
    bot_token_file: z.exactOptional(filePath.describe("A file with the bot's token, which begins with `xoxb-`.")),
    channel: z.exactOptional(
      id('CG', 'expected the id of a channel, such as C0123ABCD, not its name').describe(
        'The id of the channel to which the bot writes.',
      ),
    ),
    to: z.exactOptional(z.literal('owner').describe('The bot writes to the owner of each machine instead.')),
    app_token_file: z.exactOptional(
      filePath.describe("A file with the app's token, which begins with `xapp-`: buttons and `/ec2` by Socket Mode."),
    ),
    signing_secret_file: z.exactOptional(
      filePath.describe("A file with the app's signing secret: buttons and `/ec2` by signed requests instead."),
    ),
    may: z
      .array(z.enum(SLACK_RIGHTS))
      .superRefine(distinct((right) => right))
      .default(['hold', 'start'])
      .describe('What people may do by buttons and `/ec2`.'),
    team: z.exactOptional(
      id('TE', 'expected the id of a workspace, such as T0123ABCD').describe(
        "The id of the workspace whose people may answer. Default: the bot's.",
      ),
    ),
    api_url: httpUrl
      .default('https://slack.com/api')
      .describe("The Web API's address. For GovSlack: `https://slack-gov.com/api`."),
  })
  .superRefine((given, context) => {
    const { webhook_url_file: webhook, bot_token_file: bot, channel, to } = given;
    const { app_token_file: app, signing_secret_file: secret } = given;
    if ((webhook === undefined) === (bot === undefined)) {
      complain(context, [], 'expected either webhook_url_file, or bot_token_file');
      return;
    }
    const ofBots = { channel, to, app_token_file: app, signing_secret_file: secret };
    const [needless] = Object.entries(ofBots).find(([, value]) => value !== undefined) ?? [];
    if (webhook !== undefined && needless !== undefined)
      complain(
        context,
        [needless],
        'expected it with bot_token_file only: a webhook writes to its one channel, and nobody can answer',
      );
    if (bot !== undefined && (channel === undefined) === (to === undefined))
      complain(context, [], 'expected either channel, or to: owner');
    if (app !== undefined && secret !== undefined)
      complain(context, [], 'expected either app_token_file (Socket Mode), or signing_secret_file (signed requests)');
  });

export const slack = channelKind(
  settingsSchema.describe('A channel of Slack, or the owners of machines there.'),
  (settings) => {
    const { webhook_url_file: webhook, bot_token_file: token } = settings;
    if (webhook !== undefined)
      return {
        secretFiles: { webhook_url_file: { file: webhook, read: readSecretUrl } },
        open: () => slackWebhook(webhook),
      };
    const bot = botOf(settings, token ?? '');
    return {
      secretFiles: {
        bot_token_file: token,
        app_token_file: settings.app_token_file,
        signing_secret_file: settings.signing_secret_file,
      },
      toOwner: settings.to === 'owner',
      open: (parts) => slackBot(bot, parts),
      slack: bot,
    };
  },
);

function botOf(settings: z.output<typeof settingsSchema>, tokenFile: string): SlackBot {
  const { channel, team, may, api_url: url } = settings;
  const answers = answersOf(settings);
  return {
    api: { url: `${url}/`, tokenFile },
    ...(channel === undefined ? {} : { channel }),
    ...(answers === undefined ? {} : { answers }),
    may: new Set(may),
    ...(team === undefined ? {} : { team }),
  };
}

function answersOf({
  app_token_file: app,
  signing_secret_file: secret,
}: z.output<typeof settingsSchema>): SlackAnswers | undefined {
  if (app !== undefined) return { by: 'socket', tokenFile: app };
  return secret === undefined ? undefined : { by: 'http', secretFile: secret };
}
