/** A person who opens the page behind a link in a browser without script, and presses its button. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

/** The server takes no press that comes within two seconds of its page: this waits for time to pass, and for nothing else. */
const READING_MS = 2_100;

/** @param operatorUrl where the operator really listens @param name of the machine, which the page asks for */
export async function wakeByLink(operatorUrl: string, link: string, name: string): Promise<void> {
  const url = new URL(new URL(link).pathname, operatorUrl);
  const page = await (await fetch(url)).text();
  const [, nonce] = /name="nonce" value="([^"]+)"/.exec(page) ?? [];
  assert.ok(nonce !== undefined, page);
  await pause(READING_MS);
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams({ nonce, name }) });
  assert.equal(answer.status, 200, await answer.text());
}
