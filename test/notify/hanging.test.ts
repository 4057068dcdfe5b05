/** A channel that never answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageOf } from '../../src/domain/message.ts';
import type { ClaimedNotice } from '../../src/store/notice-port.ts';
import { deliverOne } from '../../src/notify/deliver-one.ts';
import { failed, NOW, notebook } from './courier.ts';

test('it is told as a fault, and the notice is tried again', async (t) => {
  const more = { state: 'pending', attempts: 1, createdAt: NOW, follows: false, wasTold: false } as const;
  const notice: ClaimedNotice = { ...failed('one', 'a'), ...more, id: 'n', isOvertaken: false, told: [] };
  const faults: string[] = [];
  let isAborted = false;
  // The limit alone does not keep a process alive.
  const alive = setInterval(() => undefined, 60_000);
  t.after(() => {
    clearInterval(alive);
  });
  const hanging = notebook(async () => new Promise(() => undefined));
  const { outcome, isHanded } = await deliverOne(
    {
      mayReach: () => true,
      leadsToProgram: () => false,
      compose: async (_notice, news) =>
        Promise.resolve(messageOf(news, { zone: 'UTC', now: NOW, isQuiet: false, subject: 'a' })),
      readiness: async () => Promise.resolve('ready'),
      addressesOf: async () => Promise.resolve([]),
      hangsAfterMs: 10,
      clock: () => NOW,
      random: () => 0.5,
      onFault: (what) => void faults.push(what),
    },
    {
      deliver: async (letter, signal) => {
        signal.addEventListener('abort', () => {
          isAborted = true;
        });
        return hanging.deliver(letter, signal);
      },
    },
    notice,
    new AbortController().signal,
  );
  const error = 'a fault of ec2-operator itself: the channel hangs';
  assert.deepEqual([outcome, isHanded], [{ outcome: 'later', at: NOW + 5_000, error }, true]);
  assert.deepEqual(faults, ['the channel bus hangs']);
  assert.ok(isAborted, 'the channel can stop what it does');
});
