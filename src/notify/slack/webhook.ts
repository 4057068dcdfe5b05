/** Slack by an incoming webhook, which only posts: no message is edited, and no button answers. */
import type { Channel, Delivered, Letter } from '../channel.ts';
import { failureOf, outcomeOf, type Post, type PostAnswer } from '../post.ts';
import { requestChannel } from '../request-channel.ts';
import { readSecretUrl } from '../secret.ts';
import { slackMessageOf } from './blocks.ts';

/** @param file with the webhook's URL */
export function slackWebhook(file: string): Channel {
  return requestChannel(() => readSecretUrl(file), renderWebhook, readWebhookAnswer);
}

export function renderWebhook(url: string, { message }: Letter): Post {
  return { url, body: JSON.stringify(slackMessageOf(message)) };
}

/** Success is the word `ok`. */
export function readWebhookAnswer(answer: PostAnswer): Delivered {
  return answer.text.trim() === 'ok' ? outcomeOf(answer) : failureOf(answer);
}
