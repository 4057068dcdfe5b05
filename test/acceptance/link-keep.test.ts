/** The page behind the link of a warning: what it says, what its buttons do, and what they do not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idOf, machine, type MachineEntry } from '../support/fleet.ts';
import { formOf, pressed, PUBLIC_URL, signer } from '../support/links.ts';
import type { VirtualOperator } from '../support/virtual-operator.ts';
import { ALWAYS, EIGHT, HOUR, idle, LAUNCHED, MINUTE, send, startWarned, stopsOf } from '../support/warnings.ts';

const CONFIG = `public_url: ${PUBLIC_URL}\nzone: Europe/Berlin\n${ALWAYS}`;
const GPU = machine(1, { launched: LAUNCHED, name: 'gpu-1' });
const IDLE = { annotations: { description: 'No GPU of gpu-1 was above 2 % for 40 minutes.' } };

interface Site {
  readonly operator: VirtualOperator;
  /** The operation of the warned stop. */
  readonly id: string;
  readonly path: string;
}

async function warned(config = CONFIG, machines: readonly MachineEntry[] = [GPU]): Promise<Site & AsyncDisposable> {
  const operator = await startWarned({ config, machines });
  const [id = ''] = await send(operator, idle(1, IDLE));
  const path = (await signer(operator.store))('keep', { operation: id, expiresAt: EIGHT + 26 * HOUR });
  return { operator, id, path, [Symbol.asyncDispose]: async () => operator[Symbol.asyncDispose]() };
}

async function press({ operator, path }: Site, button: Readonly<Record<string, string>>) {
  const shown = await operator.browse(path);
  await operator.passTime(5_000);
  return operator.browse(path, pressed(shown, button));
}

async function holdsOf(operator: VirtualOperator): Promise<readonly string[]> {
  const holds = await operator.store.holds({ limit: 10 }, Date.now());
  return holds.map(({ holder, until }) => `${holder} ${new Date(until).toISOString().slice(11, 16)}`);
}

test('the page says which machine stops when and why, what is lost, and offers three times', async () => {
  await using site = await warned();
  const { operator, path } = site;
  const page = await operator.browse(path);
  assert.equal(page.status, 200);
  assert.equal(page.title, 'gpu-1 stops at 09:15 CET');
  assert.match(page.words, /No GPU of gpu-1 was above 2 % for 40 minutes/);
  assert.match(page.words, /scratch disk/);
  assert.match(
    page.words,
    /Keep 1 h until 10:00 CET Keep 4 h until 13:00 CET Until tomorrow 9:00 Tue 24 Nov 09:00 CET/,
  );
  assert.ok(page.text.length < 12_000, String(page.text.length));
});

test('a press keeps the machine, says until when, and the page shows it from then on', async () => {
  await using site = await warned();
  const { operator, id, path } = site;
  const answer = await press(site, { keep: '4h' });
  assert.equal(answer.status, 200);
  assert.equal(answer.title, 'gpu-1 is kept until 13:00 CET');
  assert.match(answer.words, /It is kept until 13:00 CET\..*It is kept by this link\./);
  assert.deepEqual(await holdsOf(operator), ['pia@example.com (by link) 12:00']);
  await operator.settle();
  assert.equal((await operator.read(id)).reason, 'held');
  await operator.passTime(HOUR);
  assert.deepEqual(stopsOf(operator), []);
  assert.equal((await operator.browse(path)).title, 'gpu-1 is kept until 13:00 CET');
});

test('a press with a whole file in its form is told so on a page, and keeps nothing', async () => {
  await using site = await warned();
  const answer = await press(site, { keep: '4h', name: 'a'.repeat(9_000) });
  assert.deepEqual([answer.status, answer.title], [413, 'The press was not taken']);
  assert.match(answer.words, /Expected a form of at most 8 KiB/);
  assert.deepEqual(await holdsOf(site.operator), []);
});

test('the same press twice is one hold with one end; another press moves it', async () => {
  await using site = await warned();
  const { operator, path } = site;
  const page = await operator.browse(path);
  await operator.passTime(10_000);
  await operator.browse(path, pressed(page, { keep: '1h' }));
  await operator.passTime(10 * MINUTE);
  assert.equal((await operator.browse(path, pressed(page, { keep: '1h' }))).status, 200);
  assert.deepEqual(await holdsOf(operator), ['pia@example.com (by link) 09:00']);
  await press(site, { keep: '4h' });
  assert.deepEqual(await holdsOf(operator), ['pia@example.com (by link) 12:10']);
});

test('no reader of a channel ends sooner what another reader has asked for by the same link', async () => {
  await using site = await warned();
  const { operator, id } = site;
  const sign = await signer(operator.store);
  const more = { operation: id, recipient: null, expiresAt: EIGHT + 15 * MINUTE };
  const path = sign('keep', more);
  const shared = { ...site, path };
  await press(shared, { keep: 'morning' });
  const shorter = await press(shared, { keep: '1h' });
  assert.equal(shorter.status, 200);
  assert.match(shorter.words, /It is kept until Tue 24 Nov 09:00 CET already\./);
  const atOnce = await operator.browse(sign('keep_now', more), { method: 'POST' });
  assert.match(atOnce.text, /It is kept until Tue 24 Nov 09:00 CET already\./);
  assert.deepEqual(await holdsOf(operator), ['a reader of ml (by link) 08:00']);
  const told = await operator.store.audit({ event: 'hold', limit: 10 });
  assert.equal(told.length, 1, 'what changes nothing is in no record');
});

test('a link counts ten presses a minute', async () => {
  await using site = await warned();
  const { operator, path } = site;
  const page = await operator.browse(path);
  await operator.passTime(5_000);
  const statuses: number[] = [];
  for (let presses = 0; presses < 11; presses += 1)
    statuses.push((await operator.browse(path, pressed(page, { keep: '1h' }))).status);
  assert.deepEqual(statuses, [...Array.from({ length: 10 }, () => 200), 429]);
  const refused = await operator.browse(path, pressed(page, { keep: '4h' }));
  assert.match(refused.words, /Nothing was changed.*try again in a minute/);
  assert.deepEqual(await holdsOf(operator), ['pia@example.com (by link) 09:00']);
  assert.equal((await operator.browse(path)).status, 200);
});

test('programs that follow links change nothing', async () => {
  await using site = await warned();
  const { operator, id, path } = site;
  const page = await operator.browse(path);
  const { nonce } = page;
  const young = await operator.browse(path, pressed(page, { keep: '4h' }));
  assert.equal(young.status, 400);
  assert.match(young.words, /pressed within two seconds.*once more/);
  await operator.passTime(5_000);
  const presses: readonly (readonly [RequestInit, RegExp])[] = [
    [{ method: 'HEAD' }, /^$/],
    [{ method: 'GET' }, /gpu-1 stops/],
    [formOf({ nonce, pressed: '', keep: '4h' }), /type what is asked for below/],
    [formOf({ nonce, keep: '4h', name: 'test' }), /type what is asked for below/],
    [formOf({ nonce, keep: '4h', pressed: 'true' }), /type what is asked for below/],
    [formOf({ keep: '4h', name: 'gpu-1' }), /without the form of this page/],
    [formOf({ nonce: `${nonce}A`, pressed: `${nonce}A`, keep: '4h' }), /without the form of this page/],
    [{ method: 'POST' }, /without the form/],
    [{ method: 'POST', body: 'List-Unsubscribe=One-Click' }, /without the form/],
    [{ method: 'POST', body: '{"keep":"4h"}', headers: { 'content-type': 'application/json' } }, /without the form/],
  ];
  for (const [init, words] of presses) {
    const answer = await operator.browse(path, init);
    assert.match(answer.words, words);
    assert.equal(answer.status, init.method === 'POST' ? 400 : 200);
  }
  assert.deepEqual(await holdsOf(operator), []);
  assert.equal((await operator.read(id)).reason, 'warned');
  await operator.passTime(HOUR);
  assert.deepEqual(stopsOf(operator), ['08:15:00 1']);
});

test('without script, the name of the machine or its id is typed', async () => {
  for (const name of ['gpu-1', ' GPU-1 ', idOf(1)]) {
    await using site = await warned();
    const { operator, path } = site;
    const { nonce, text } = await operator.browse(path);
    assert.match(text, /<noscript>\s*<label for="name">.*<b>gpu-1<\/b>/s);
    await operator.passTime(5_000);
    assert.equal((await operator.browse(path, formOf({ nonce, pressed: '', name, keep: '1h' }))).status, 200, name);
    assert.equal((await holdsOf(operator)).length, 1);
  }
});

test('a form of yesterday is shown afresh, and choices that do not exist keep nothing', async () => {
  await using site = await warned(CONFIG.replace(ALWAYS, 'warn: { always: true, before: 24h }'));
  const { operator, path } = site;
  const page = await operator.browse(path);
  await operator.passTime(5_000);
  for (const keep of ['', '2h', '__proto__'])
    assert.equal((await operator.browse(path, pressed(page, { keep }))).status, 409, keep);
  await operator.passTime(24 * HOUR);
  assert.match((await operator.browse(path, pressed(page, { keep: '1h' }))).words, /open for long/);
  assert.deepEqual(await holdsOf(operator), []);
});

test('the rules decide what is offered, and the page says what is left', async () => {
  const rules =
    'holds: { rules: [{ only: { team: ml }, longest: 2h, at_most: 90m }, { only: { team: prod }, longest: 0s }] }';
  const of = (team: string) => [machine(1, { launched: LAUNCHED, name: 'gpu-1', tags: { team } })];
  {
    await using site = await warned(`${CONFIG}\n${rules}`, of('ml'));
    const { operator, path } = site;
    assert.match((await operator.browse(path)).words, /Keep 1 h until 10:00 CET (?!Keep)/);
    await press(site, { keep: '1h' });
    await operator.passTime(50 * MINUTE);
    const late = await operator.browse(path);
    assert.match(
      late.words,
      /can not be kept by this link.*Gpu-1|gpu-1.*may be held for 1h 30m in any 7 days; .* are left/,
    );
    assert.equal(late.nonce, '');
  }
  await using site = await warned(`${CONFIG}\n${rules}`, of('prod'));
  const page = await site.operator.browse(site.path);
  assert.match(page.words, /can not be kept by this link\. The rules do not let people keep this machine/);
});

test('after the stop, the page offers to start the machine again', async () => {
  await using site = await warned();
  const { operator, path } = site;
  await operator.passTime(HOUR);
  assert.deepEqual(stopsOf(operator), ['08:15:00 1']);
  const page = await operator.browse(path);
  assert.equal(page.title, 'gpu-1 was stopped at 09:15 CET');
  assert.match(page.words, /disks/);
  assert.equal(page.nonce, '', 'there is nothing to keep');
  const [, wake = ''] = /href="https:\/\/ec2\.example\.com(\/l\/[^"]+)"/.exec(page.text) ?? [];
  const woken = await operator.browse(wake);
  assert.equal(woken.title, 'gpu-1 is stopped');
  await operator.passTime(5_000);
  const answer = operator.browse(wake, pressed(woken, { wake: 'start' }));
  await answer;
  await operator.settle();
  await operator.passTime(MINUTE);
  assert.match((await operator.browse(wake)).title, /^gpu-1 (?:runs|is ready)$/);
  assert.equal((await operator.browse(path)).title, 'gpu-1 keeps running: no stop is announced');
});

test('a press that comes too late says so', async () => {
  await using site = await warned();
  const { operator, path } = site;
  const page = await operator.browse(path);
  await operator.passTime(15 * MINUTE);
  const answer = await operator.browse(path, pressed(page, { keep: '1h' }));
  assert.equal(answer.status, 409);
  assert.match(answer.words, /keeping it does not start it|Too late: The stop was sent to EC2 at/);
  assert.match(answer.words, /Start it again/);
});

test('a machine that is gone, held by others, or no longer to stop', async () => {
  await using site = await warned();
  const { operator, id, path } = site;
  await operator.request('POST', '/api/v1/holds', { body: { target: idOf(1), for: '2h', why: '<b>training</b>' } });
  const held = await operator.browse(path);
  assert.equal(held.title, 'gpu-1 is kept until 11:00 CET');
  assert.match(held.words, /kept by anyone \(“<b>training<\/b>”\)/);
  assert.doesNotMatch(held.text, /<b>training/);
  await operator.request('DELETE', `/api/v1/holds/${idOf(1)}`);
  await operator.request('POST', `/api/v1/operations/${id}/cancel`);
  await operator.passTime(MINUTE);
  const off = await operator.browse(path);
  assert.equal(off.title, 'gpu-1 keeps running: no stop is announced');
  assert.match(off.words, /Cancelled by anyone\./);
  operator.sandbox.set(idOf(1), { state: 'terminated' });
  await operator.passTime(MINUTE);
  const gone = await operator.browse(path);
  assert.equal(gone.title, 'gpu-1 does not exist any more');
  assert.equal(gone.nonce, '');
});

test('the button of an app keeps the machine without a page, for a fixed time', async () => {
  await using site = await warned();
  const { operator, id } = site;
  const path = (await signer(operator.store))('keep_now', { operation: id, expiresAt: EIGHT + 15 * MINUTE });
  for (const method of ['GET', 'HEAD']) await operator.browse(path, { method });
  assert.deepEqual(await holdsOf(operator), []);
  for (const after of [0, MINUTE]) {
    await operator.passTime(after);
    const answer = await operator.browse(path, { method: 'POST' });
    assert.deepEqual([answer.status, answer.text], [200, `gpu-1 (${idOf(1)}): It is kept until 13:15 CET.\n`]);
  }
  assert.deepEqual(await holdsOf(operator), ['pia@example.com (by link) 12:15']);
  await operator.passTime(HOUR);
  assert.equal((await operator.browse(path, { method: 'POST' })).status, 410);
});
