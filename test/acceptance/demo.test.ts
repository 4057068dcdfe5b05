/** The demo goes on behind its story: a newcomer sees a fleet that lives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { as, VISITOR } from '../../src/demo/people.ts';
import { operationsAnswerSchema } from '../../src/http/schemas.ts';
import { startPerson } from '../cli/person.ts';
import { eventually } from '../support/eventually.ts';

test('the fleet of the demo lives, for whoever logs in with the token that it prints', async () => {
  // A port that is taken is no reason to fail: it then takes a free one, and prints that.
  await using demo = startPerson('', ['demo'], { environment: { PORT: '0' } });
  const url = z.url().parse(/^Open (\S+)/.exec(await demo.line('stdout', /^Open /))?.[1]);
  assert.match(await demo.line('stdout', /^ {2}\S+$/), /^ {2}demo-token/);
  const reasons = async (): Promise<ReadonlySet<string>> => {
    const answer = await fetch(`${url}/api/v1/operations`, { headers: as(VISITOR) });
    const { operations } = operationsAnswerSchema.parse(await answer.json());
    return new Set(operations.map(({ reason = '' }) => reason));
  };
  const wanted = ['warned', 'held', 'capacity', 'leased', 'managed'];
  await eventually('a bit of everything', async () => {
    const seen = await reasons();
    return wanted.every((reason) => seen.has(reason)) ? true : undefined;
  });
});
