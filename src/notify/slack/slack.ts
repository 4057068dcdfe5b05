/** Slack. */
import { channelKind } from '../channel.ts';
import { slackWebhook, slackWebhookSettings } from './webhook.ts';

export const slack = channelKind(slackWebhookSettings, (settings) => ({
  secretFiles: { webhook_url_file: settings.webhook_url_file },
  open: () => slackWebhook(settings),
}));
