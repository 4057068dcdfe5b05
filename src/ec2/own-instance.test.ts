import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReadOwn } from './own-instance.ts';
import type { OwnInstance } from './metadata.ts';

const ID = 'i-0123456789abcdef0';

test('a stop waits for the first answer alone, and a service that was away for a moment is asked again', async () => {
  const answers = [Promise.withResolvers<OwnInstance>(), Promise.withResolvers<OwnInstance>()] as const;
  const moment = { now: 0, asked: 0 };
  const readOwn = createReadOwn(
    async () => answers[moment.asked++ === 0 ? 0 : 1].promise,
    () => moment.now,
  );
  assert.equal(moment.asked, 1, 'it is asked before the first stop');
  const early = readOwn();
  answers[0].resolve({ why: 'no answer' });
  assert.equal(await early, undefined);
  moment.now = 59_999;
  await readOwn();
  assert.equal(moment.asked, 1);
  moment.now = 60_000;
  assert.equal(await readOwn(), undefined, 'a stop does not wait for the second answer');
  await readOwn();
  assert.equal(moment.asked, 2);
  answers[1].resolve({ id: ID });
  await answers[1].promise;
  await Promise.resolve();
  assert.equal(await readOwn(), ID);
  moment.now = 1_000_000;
  assert.equal(await readOwn(), ID);
  assert.equal(moment.asked, 2, 'a machine stays the same');
});
