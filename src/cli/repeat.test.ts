import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandError, EXIT } from './command-error.ts';
import { repeat } from './repeat.ts';

test('a look without an answer is told once, and the pause after it knows', async () => {
  const answers = ['', 'the server answered 502', 'the server answered 502', '', new Error('the end')];
  const notes: unknown[] = [];
  const pauses: boolean[] = [];
  const look = async (): Promise<void> => {
    const answer = answers.shift() ?? assert.fail();
    if (answer instanceof Error) throw answer;
    if (answer !== '') throw new CommandError(EXIT.unreachable, answer);
    return Promise.resolve();
  };
  const screen = { note: (line: unknown) => void notes.push(line) };
  const pause = async (isTroubled: boolean): Promise<void> => {
    pauses.push(isTroubled);
    return Promise.resolve();
  };
  await assert.rejects(repeat({ screen }, look, pause), /the end/);
  assert.deepEqual(pauses, [false, true, true, false]);
  assert.deepEqual(notes, [['the server answered 502. Trying again']]);
});
