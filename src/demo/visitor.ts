/** A person who opens the page of a link and presses a button, without a script. */
import { setTimeout as pause } from 'node:timers/promises';

/** No person presses a button sooner, and the server takes no sooner press. In milliseconds. */
const READING_MS = 2_500;

/**
 * @param name of the machine, which the page asks for where no script runs
 * @returns what the page says then
 */
export async function pressKeep(url: string, name: string): Promise<string> {
  const page = await (await fetch(url)).text();
  const [, nonce = ''] = /name="nonce" value="([^"]*)"/.exec(page) ?? [];
  await pause(READING_MS);
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams({ nonce, name, keep: '1h' }) });
  const [, said = ''] = /role="status">([^<]*)</.exec(await answer.text()) ?? [];
  return said;
}
