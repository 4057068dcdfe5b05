/** The demo goes on behind its story: a newcomer sees a fleet that lives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { as, VISITOR } from '../../src/demo/people.ts';
import { machineAnswerSchema, machinesAnswerSchema } from '../../src/http/machine-schemas.ts';
import { savingsAnswerSchema } from '../../src/http/savings-schemas.ts';
import { operationsAnswerSchema } from '../../src/http/schemas.ts';
import { startPerson } from '../cli/person.ts';
import { eventually } from '../support/eventually.ts';

test('the fleet of the demo lives, for whoever logs in with the token that it prints', async () => {
  // A port that is taken is no reason to fail: it then takes a free one, and prints that.
  await using demo = startPerson('', ['demo'], { environment: { PORT: '0' } });
  const url = z.url().parse(/^Open (\S+)/.exec(await demo.line('stdout', /^Open /))?.[1]);
  assert.match(await demo.line('stdout', /^ {2}\S+$/), /^ {2}demo-token/);
  const machines = async (query: string) => {
    const answer = await fetch(`${url}/api/v1/machines?${query}`, { headers: as(VISITOR) });
    return machinesAnswerSchema.parse(await answer.json()).machines;
  };
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
  assert.equal((await machines('')).length, 26);
  assert.deepEqual(
    (await machines('mine=true')).map(({ name }) => name),
    ['ada-dev', 'ada-notebook', 'ada-sweep'],
  );
  const past = await fetch(`${url}/api/v1/machines/train-3`, { headers: as(VISITOR) });
  const { intervals } = machineAnswerSchema.parse(await past.json());
  assert.deepEqual(
    intervals.slice(0, 3).map(({ state }) => state),
    ['running', 'stopped', 'running'],
    'it has a past',
  );
  const saved = await fetch(`${url}/api/v1/savings`, { headers: as(VISITOR) });
  const { total, suggestions } = savingsAnswerSchema.parse(await saved.json());
  assert.ok(total.automatic.stops > 100 && total.automatic.regrets['30m'] > 0, JSON.stringify(total));
  assert.ok(total.automatic.dollars.offBill < total.automatic.dollars.atPrice, 'some capacity is paid for anyway');
  assert.ok(suggestions.length > 0);
});
