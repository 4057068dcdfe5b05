import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createLoginLimit } from '../auth/login-limit.ts';
import { ProblemError } from '../problem.ts';
import { createRoom } from '../room.ts';
import { takeSlackPress } from './slack.ts';

const NOW = Date.parse('2026-11-27T12:00:00Z');

/** A stranger's request, with as much of a body as this, and then nothing. */
function unfinished(kibibytes: number): Request {
  return new Request('http://x/slack/interactive', {
    method: 'POST',
    headers: { 'x-slack-signature': `v0=${'0'.repeat(64)}`, 'x-slack-request-timestamp': String(NOW / 1_000) },
    body: new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(kibibytes * 1024)) }),
    duplex: 'half',
  });
}

test('bodies of strangers share one room, and none is longer than what Slack sends', async () => {
  const parts = {
    slack: { deskOf: () => undefined, track: () => undefined },
    enterAsStranger: createRoom(256 * 1024, () => new ProblemError(503, 'full')),
    clock: () => NOW,
    logins: createLoginLimit(),
    observer: { loginFailed: () => undefined },
    warnSparingly: () => undefined,
  };
  const take = async (request: Request): Promise<number> => {
    try {
      return (await takeSlackPress(parts, { request, remote: '203.0.113.1' })).status;
    } catch (error) {
      assert.ok(error instanceof ProblemError);
      return error.problem.status;
    }
  };
  const first = take(unfinished(150));
  await nextTurn();
  void take(unfinished(150));
  assert.equal(await first, 503);
  assert.equal(await take(unfinished(200)), 413);
});
