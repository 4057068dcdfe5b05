/** Answers to a person, which nobody else in the channel sees. */
import type { Delivered } from '../channel.ts';
import { post } from '../post.ts';
import { escapeAngles } from '../text.ts';

const HOSTS: ReadonlySet<string> = new Set(['hooks.slack.com', 'hooks.slack-gov.com']);
const LONGEST = 3_000;

/**
 * @param url as Slack has sent it: only Slack's own addresses are written to
 * @param apiUrl of the Web API
 */
export async function respond(
  url: string,
  apiUrl: string,
  text: string,
  signal: AbortSignal,
): Promise<Delivered | undefined> {
  const to = URL.parse(url);
  const isSlacks = to?.protocol === 'https:' && HOSTS.has(to.host);
  if (!isSlacks && to?.origin !== new URL(apiUrl).origin) return undefined;
  const body = {
    response_type: 'ephemeral',
    replace_original: false,
    text: escapeAngles(text.slice(0, LONGEST).toWellFormed()),
  };
  return post({ url, body: JSON.stringify(body) }, signal);
}
