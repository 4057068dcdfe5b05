/** The page of one machine: why it was stopped, how to get it back, and what would happen to it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sighting } from '../../src/domain/machine.ts';
import { idOf, machine, REGION } from '../support/fleet.ts';
import { outline } from '../support/outline.ts';
import type { VirtualOperator } from '../support/virtual-operator.ts';
import { ALWAYS, EIGHT, HOUR, idle, LAUNCHED, MINUTE, send, startWarned } from '../support/warnings.ts';

const CONFIG = `zone: Europe/Berlin\nowners: { domains: [example.com] }\n${ALWAYS}`;
const NASTY = `<script>alert(1)</script>\u202e"'${'A'.repeat(500)}`;

async function started(tags: Readonly<Record<string, string>> = {}, config = CONFIG): Promise<VirtualOperator> {
  const { Name: name = 'gpu-1', ...others } = tags;
  return startWarned({ config, machines: [machine(1, { launched: LAUNCHED, name, tags: others })] });
}

/** What the watch would have seen. */
async function seen(operator: VirtualOperator, more: Partial<Sighting> = {}): Promise<void> {
  const sighting: Sighting = {
    id: idOf(1),
    place: { region: REGION },
    state: 'running',
    type: 'g5.xlarge',
    availabilityZone: 'eu-central-1a',
    launchedAt: EIGHT - 24 * HOUR,
    tags: { Name: 'gpu-1', owner: 'pia@example.com' },
    name: 'gpu-1',
    owner: 'pia@example.com',
    at: Date.now(),
    ...more,
  };
  await operator.store.recordSeen([sighting], Date.now());
}

async function page(operator: VirtualOperator, path = `/machines/${idOf(1)}`) {
  const shown = await operator.browse(path);
  assert.equal(shown.status, 200, shown.text);
  return { ...shown, ...outline(shown) };
}

test('a person whose machine was stopped reads why, and finds the button that starts it', async () => {
  await using operator = await started();
  await seen(operator);
  await send(operator, idle(1, { annotations: { description: 'No GPU above 2 % for 40 minutes.' } }));
  const warned = await page(operator);
  assert.match(
    warned.words,
    /running It was running already when ec2-operator saw it first\. Since Sun 22 Nov 09:00 CET 24 h ago/,
  );
  assert.match(warned.words, /Stops at 09:15 CET/);
  assert.match(
    warned.entries[0] ?? '',
    /^09:00 CET just now warned The stop by alert UnusedGPU was announced: .*09:15 CET/,
  );
  assert.deepEqual(warned.buttons, ['Keep…', 'Stop now…', 'Cancel stop']);
  await operator.passTime(HOUR);
  await seen(operator, { state: 'stopped', beganAt: EIGHT + 15 * MINUTE + 5_000 });
  const shown = await page(operator);
  assert.equal(shown.title, 'gpu-1 · ec2-operator');
  assert.match(shown.words, /stopped Stopped by alert UnusedGPU\. Since 09:15 CET 4[45] min ago/);
  assert.match(shown.words, /No GPU above 2 % for 40 minutes \(alert UnusedGPU since 09:00 CET\)\./);
  assert.match(
    shown.words,
    /What ran on it has ended, and its local scratch disk was erased\. Its other disks are safe\./,
  );
  assert.deepEqual(shown.buttons, ['Start', 'Start for…']);
  const [stop = '', warning = ''] = shown.entries;
  assert.match(stop, /^09:15 CET .* off Stopped by alert UnusedGPU\. more about: .* No GPU above 2 % for 40 minutes\./);
  assert.match(warning, /^09:00 CET .* warned /);
  assert.match(shown.words, /Last 24 hours: ran \d+ h of 24 h/);
  assert.match(shown.words, /Told about it nobody: no channel reaches anybody/);
});

test("a stop from the console is told as somebody else's, and holds by who made them", async () => {
  await using operator = await started();
  await seen(operator);
  await operator.request('POST', '/api/v1/holds', { body: { target: idOf(1), for: '2h', why: 'training' } });
  await operator.passTime(10 * MINUTE);
  await seen(operator, { state: 'stopped', detail: 'Client.UserInitiatedShutdown' });
  const shown = await page(operator);
  assert.match(shown.words, /stopped Stopped outside ec2-operator, such as in the AWS console or by a tool\. Since/);
  assert.match(shown.entries.join('\n'), /kept anyone held it until 11:00 CET \("training"\)\./);
  assert.equal(shown.links.get('audit entries'), `../audit?machine=${idOf(1)}`);
  assert.match((await page(operator, `/audit?machine=${idOf(1)}`)).words, /training/);
});

test('what would happen if it fell idle now is told guard by guard, on a part of its own', async () => {
  await using operator = await started();
  await seen(operator);
  const shown = await page(operator);
  assert.match(shown.text, new RegExp(`data-later="\\.\\./machines/${idOf(1)}/outlook"`));
  assert.equal(shown.links.get('What would happen, guard by guard'), `../machines/${idOf(1)}/outlook`);
  const outlook = await page(operator, `/machines/${idOf(1)}/outlook`);
  assert.match(outlook.words, /People would be warned now, and it would stop at 09:15 CET\. not yet/, 'said once');
  assert.match(outlook.words, /fine The machine still exists\. not_gone/);
  const part = await operator.browse(`/machines/${idOf(1)}/outlook`, { headers: { 'x-piece': 'part' } });
  assert.doesNotMatch(part.text, /<html|<main/);
  await operator.request('POST', '/api/v1/holds', { body: { target: idOf(1), for: '2h' } });
  assert.match(
    (await page(operator, `/machines/${idOf(1)}/outlook`)).words,
    /As of \d\d:\d\d CET; load again People would be warned at 11:00 CET, and it would stop at 11:15 CET\..*not yet It is held: anyone holds it until 11:00 CET\. held/,
  );
});

test('a machine that the watch has not seen has its page where something was asked of it; otherwise the page says what to try', async () => {
  await using operator = await started();
  await send(operator, idle(1));
  const shown = await page(operator);
  assert.equal(shown.headings[0], 'gpu-1');
  assert.match(shown.words, /The watch has not seen this machine/);
  assert.equal(shown.entries.length, 1);
  const unknown = await operator.browse(`/machines/${idOf(9)}`);
  assert.equal(unknown.status, 404);
  assert.match(unknown.text, /ec2-operator doctor i-0/);
  assert.equal((await operator.browse('/machines/gpu-1')).status, 404);
});

test('fifty refusals are one line, and text of others is shown as text', async () => {
  await using operator = await started({
    Name: NASTY.slice(0, 200),
    'ec2-operator': 'off',
    owner: NASTY.slice(0, 200),
  });
  await seen(operator, {
    name: NASTY,
    owner: NASTY,
    tags: { Name: NASTY, owner: NASTY, '<b>': NASTY, 'ec2-operator': 'off' },
    managedBy: NASTY,
  });
  for (let time = 0; time < 50; time += 1) {
    await send(operator, idle(1, { startsAt: new Date(EIGHT + time).toISOString(), fingerprint: `f${time}` }));
  }
  const shown = await page(operator);
  const refusals = shown.entries.filter((entry) => entry.includes('refused'));
  assert.equal(refusals.length, 1, refusals.join('\n'));
  assert.match(refusals[0] ?? '', /50 times since 09:00 CET, this is the last one\./);
  assert.doesNotMatch(shown.text, /<script>alert|\u202e|<b>:/);
  assert.doesNotMatch(shown.text, /A{300}/);
  assert.ok(shown.text.length < 60_000);
});
