/** A channel that never answers, with all timers in the test's hand. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { messageOf } from '../../src/domain/message.ts';
import type { ClaimedNotice } from '../../src/store/notice-port.ts';
import { deliverOne, HANGS_AFTER_MS } from '../../src/notify/deliver-one.ts';
import { failed, NOW, notebook } from './courier.ts';

test('it is told as a fault, and the notice is tried again', async () => {
  const more = { state: 'pending', attempts: 1, createdAt: NOW, follows: false, wasTold: false } as const;
  const notice: ClaimedNotice = { ...failed('one', 'a'), ...more, id: 'n', isOvertaken: false, told: [] };
  const faults: string[] = [];
  const { promise: handed, resolve } = Promise.withResolvers<void>();
  let isAborted = false;
  const hanging = notebook(async () => {
    resolve();
    return new Promise(() => undefined);
  });
  mock.timers.enable({ apis: ['setTimeout'] });
  const tried = deliverOne(
    {
      mayReach: () => true,
      leadsToProgram: () => false,
      compose: async (_notice, news) =>
        Promise.resolve(messageOf(news, { zone: 'UTC', now: NOW, isQuiet: false, subject: 'a' })),
      readiness: async () => Promise.resolve('ready'),
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
  await handed;
  mock.timers.tick(HANGS_AFTER_MS);
  const { outcome, isHanded } = await tried;
  mock.timers.reset();
  const error = 'a fault of ec2-operator itself: the channel hangs';
  assert.deepEqual([outcome, isHanded], [{ outcome: 'later', at: NOW + 5_000, error }, true]);
  assert.deepEqual(faults, ['the channel bus hangs']);
  assert.ok(isAborted, 'the channel can stop what it does');
});
