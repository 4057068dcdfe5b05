/** The page by which people get a machine back, and the story behind a link. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idOf, machine, type MachineEntry } from '../support/fleet.ts';
import { pressed, PUBLIC_URL, signer } from '../support/links.ts';
import { startListener } from '../support/listener.ts';
import type { VirtualOperator } from '../support/virtual-operator.ts';
import { ALWAYS, EIGHT, HOUR, idle, LAUNCHED, MINUTE, send, startWarned } from '../support/warnings.ts';

const CONFIG = `public_url: ${PUBLIC_URL}\nzone: Europe/Berlin\n${ALWAYS}`;

interface Site {
  readonly operator: VirtualOperator;
  readonly path: string;
}

async function stopped(entry: MachineEntry = {}, config = CONFIG): Promise<Site & AsyncDisposable> {
  const operator = await startWarned({ config, machines: [machine(1, { state: 'stopped', name: 'gpu-1', ...entry })] });
  const path = (await signer(operator.store))('wake', { expiresAt: EIGHT + 14 * 24 * HOUR });
  return { operator, path, [Symbol.asyncDispose]: async () => operator[Symbol.asyncDispose]() };
}

async function press({ operator, path }: Site, button: Readonly<Record<string, string>>) {
  const shown = await operator.browse(path);
  await operator.passTime(5_000);
  return operator.browse(path, pressed(shown, button));
}

const starts = ({ sandbox }: VirtualOperator): number =>
  sandbox.calls.filter(({ action, dryRun }) => action === 'StartInstances' && !dryRun).length;

test('one button starts the machine, and the page follows it until people can log in', async () => {
  await using site = await stopped();
  const { operator, path } = site;
  const page = await operator.browse(path);
  assert.equal(page.title, 'gpu-1 is stopped');
  assert.match(page.words, /its local scratch disk was erased\. Its other disks are safe\./);
  assert.match(page.words, /costs money again: an hour is \$1\.01 at list price \(.*\)\. Start gpu-1/);
  assert.match(page.text, /<button name="wake"/);
  const asked = await press(site, { wake: 'start' });
  assert.deepEqual([asked.status, asked.title], [200, 'gpu-1 is to start']);
  assert.match(asked.text, /<noscript>\s*<meta http-equiv="refresh" content="5"/);
  await operator.settle();
  await operator.passTime(2_000);
  const runs = await operator.browse(path);
  assert.match(runs.title, /^gpu-1 runs$/);
  assert.match(runs.words, /Address: 10\.0\.0\.1\. To log in: ssh 10\.0\.0\.1/);
  await operator.passTime(10 * MINUTE);
  const ready = await operator.browse(path);
  assert.equal(ready.title, 'gpu-1 is ready');
  assert.doesNotMatch(ready.text, /http-equiv="refresh"|data-live/);
  assert.equal(ready.nonce, '', 'there is nothing to press');
  assert.equal(starts(operator), 1);
});

test('after a stop by an alert, the page says when it was and why', async () => {
  await using operator = await startWarned({
    config: CONFIG,
    machines: [machine(1, { launched: LAUNCHED, name: 'gpu-1' })],
  });
  const [id = ''] = await send(
    operator,
    idle(1, { annotations: { description: 'No GPU was above 2 % for 40 minutes.' } }),
  );
  await operator.passTime(16 * MINUTE);
  await operator.settle();
  const path = (await signer(operator.store))('wake', { operation: id, expiresAt: EIGHT + 14 * 24 * HOUR });
  const page = await operator.browse(path);
  assert.match(
    page.words,
    /gpu-1 is stopped gpu-1 was stopped at 09:1\d CET\. No GPU was above 2 % for 40 minutes \(alert/,
  );
  await operator.passTime(24 * HOUR);
  assert.match((await operator.browse(path)).words, /gpu-1 was stopped at Mon 23 Nov 09:1\d CET\./, 'with its day');
});

test('the part that changes comes alone, as it is on the page', async () => {
  await using site = await stopped();
  const { operator, path } = site;
  const state = await operator.browse(`${path}/state`);
  assert.match(state.text, /^<section aria-live="polite" data-title="gpu-1 is stopped"/);
  assert.doesNotMatch(state.text, /<html|data-live/);
  await press(site, { wake: 'start' });
  assert.match((await operator.browse(`${path}/state`)).text, /^<section [^>]*data-live/);
});

test('pressed twice, it is one start', async () => {
  await using site = await stopped();
  const { operator, path } = site;
  const page = await operator.browse(path);
  await operator.passTime(5_000);
  const both = await Promise.all([1, 2].map(async () => operator.browse(path, pressed(page, { wake: 'start' }))));
  assert.deepEqual(
    both.map(({ status }) => status),
    [200, 200],
  );
  await operator.settle();
  assert.equal(starts(operator), 1);
  await operator.passTime(MINUTE);
  const answering = operator.browse(path, pressed(page, { wake: 'start' }));
  await operator.settle();
  assert.equal((await answering).status, 200);
  assert.equal(starts(operator), 1);
});

test('a press for a machine that runs asks for nothing, and leaves the stop that waits alone', async () => {
  await using site = await stopped({ launched: LAUNCHED });
  const { operator, path } = site;
  const page = await operator.browse(path);
  operator.sandbox.set(idOf(1), { state: 'running' });
  await operator.passTime(5_000);
  const [id = ''] = await send(operator, idle(1));
  assert.equal((await operator.read(id)).reason, 'warned');
  const answer = await operator.browse(path, pressed(page, { wake: 'start' }));
  assert.deepEqual([answer.status, /It was running already\./.test(answer.words)], [200, true], answer.words);
  await operator.settle();
  assert.equal((await operator.read(id)).reason, 'warned');
  assert.deepEqual(await operator.store.list({ verb: 'start', limit: 10 }), []);
});

test('a press that a browser sends once more, after the machine was stopped again, does not start it', async () => {
  await using site = await stopped();
  const { operator, path } = site;
  const page = await operator.browse(path);
  await operator.passTime(5_000);
  await operator.browse(path, pressed(page, { wake: 'start' }));
  await operator.settle();
  await operator.passTime(10 * MINUTE);
  operator.sandbox.set(idOf(1), { state: 'stopped' });
  await operator.passTime(MINUTE);
  const again = await operator.browse(path, pressed(page, { wake: 'start' }));
  assert.equal(again.status, 409);
  assert.match(again.words, /Nothing was changed: this page is old.*press once more/);
  await operator.settle();
  assert.equal(starts(operator), 1);
  await operator.passTime(5_000);
  assert.equal((await operator.browse(path, pressed(again, { wake: 'start' }))).status, 200);
  await operator.settle();
  assert.equal(starts(operator), 2);
});

test('without free capacity the page says what was tried, when it goes on, and what people can do', async () => {
  await using site = await stopped();
  const { operator, path } = site;
  operator.sandbox.faults.add({ kind: 'capacity' });
  await press(site, { wake: 'start' });
  await operator.settle();
  await operator.passTime(3 * MINUTE);
  const page = await operator.browse(path);
  assert.equal(page.title, 'gpu-1 waits to start');
  assert.match(
    page.words,
    /AWS has no g5\.xlarge free.*tries so far, the next at.*use another machine.*Tell me when it is ready/,
  );
  const told = await press(site, { tell: 'ready' });
  assert.match(told.words, /You are told at pia@example\.com\./);
  assert.equal((await press(site, { tell: 'ready' })).status, 200);
  const notices = await operator.store.notices({ limit: 10 });
  assert.deepEqual(
    notices.map(({ channel, recipient, news, state }) => [channel, recipient, news.kind, state]),
    [['ml', 'pia@example.com', 'ready', 'pending']],
  );
});

test('who asked to be told hears of it once the machine is ready, and not before', async () => {
  await using told = await startListener();
  await using site = await stopped({}, `${CONFIG}\nchannels: [{ name: ml, webhook: { url: ${told.url} } }]`);
  const { operator } = site;
  const path = (await signer(operator.store))('wake', { expiresAt: EIGHT + 24 * HOUR, recipient: null });
  operator.sandbox.faults.add({ kind: 'capacity' });
  await press({ operator, path }, { wake: 'start' });
  await operator.settle();
  assert.match((await press({ operator, path }, { tell: 'ready' })).words, /You are told in ml\./);
  for (let minutes = 0; minutes < 2; minutes += 1) {
    await operator.deliver();
    await operator.passTime(MINUTE);
  }
  assert.deepEqual(told.requests, []);
  operator.sandbox.faults.clear();
  await operator.passTime(12 * MINUTE);
  await operator.deliver();
  assert.deepEqual(told.requests, ['POST /']);
  const [notice] = await operator.store.notices({ limit: 1 });
  assert.deepEqual([notice?.news.kind, notice?.state], ['ready', 'sent']);
});

test('a start that fails says why, and can be asked for again', async () => {
  await using site = await stopped();
  const { operator, path } = site;
  operator.sandbox.faults.add({ kind: 'kms' });
  await press(site, { wake: 'start' });
  await operator.settle();
  await operator.passTime(MINUTE);
  const page = await operator.browse(path);
  assert.equal(page.title, 'gpu-1 is stopped');
  assert.match(page.words, /It does not run;.*fell back to stopped.*Start gpu-1/);
});

test('a machine without a name, one that runs, and one that is gone', async () => {
  {
    await using site = await stopped({ name: undefined });
    const page = await site.operator.browse(site.path);
    assert.equal(page.title, `${idOf(1)} is stopped`);
  }
  await using site = await stopped({ state: 'running', launched: LAUNCHED });
  const { operator, path } = site;
  assert.equal((await operator.browse(path)).title, 'gpu-1 is ready');
  operator.sandbox.set(idOf(1), { state: 'terminated' });
  await operator.passTime(MINUTE);
  const gone = await operator.browse(path);
  assert.equal(gone.title, `${idOf(1)} does not exist any more`);
  assert.equal(gone.nonce, '');
});

test('the story of a stop in plain sentences, and nothing to press', async () => {
  const operator = await startWarned({ config: CONFIG, machines: [machine(1, { launched: LAUNCHED, name: 'gpu-1' })] });
  await using closed = operator;
  const [id = ''] = await send(closed, idle(1));
  await operator.passTime(HOUR);
  const path = (await signer(operator.store))('see', { operation: id, expiresAt: EIGHT + 24 * HOUR });
  const page = await operator.browse(path);
  assert.equal(page.title, 'Why gpu-1 was to stop');
  assert.match(
    page.words,
    /09:00 CET.*stops at 09:15 CET unless it is kept.*AWS is asked to do it\..*AWS has accepted it\..*is stopped/,
  );
  assert.doesNotMatch(page.words, /\dT\d|Z\b|undefined/);
  assert.equal(page.nonce, '');
  assert.equal((await operator.browse(path, { method: 'POST' })).status, 405);
  const unknown = (await signer(operator.store))('see', { expiresAt: EIGHT + 24 * HOUR });
  assert.match((await operator.browse(unknown)).words, /The record was deleted/);
});
