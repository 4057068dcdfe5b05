/** The pages of records: what was asked for, what people were told, and who did what. */
import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { settingsAnswerSchema } from '../../src/http/routes/settings.ts';
import { as, configWith } from '../support/tokens.ts';
import { machine, idOf } from '../support/fleet.ts';
import { outline } from '../support/outline.ts';
import { startListener } from '../support/listener.ts';
import { startVirtualOperator, type VirtualOperator } from '../support/virtual-operator.ts';
import { ALWAYS, EIGHT, HOUR, idle, LAUNCHED, MINUTE, send, sendOne, startWarned } from '../support/warnings.ts';

const ZONE = `zone: Europe/Berlin\n${ALWAYS}`;
const NASTY = `<script>alert(1)</script>\u202e"'${'A'.repeat(10_000)}`;

async function page(operator: VirtualOperator, path: string) {
  const shown = await operator.browse(path);
  assert.equal(shown.status, 200, shown.text);
  return { ...shown, ...outline(shown) };
}

describe('the page of an operation', () => {
  test('tells its story, its evidence and the verdicts, and leads to the machine', async () => {
    await using operator = await startWarned({
      config: ZONE,
      machines: [machine(1, { launched: LAUNCHED, name: 'gpu-1' })],
    });
    const [id = ''] = await send(
      operator,
      idle(1, {
        annotations: { description: 'No GPU above 2 % for 40 minutes.' },
        generatorURL: 'https://pia:secret@prometheus.example/graph?g0.expr=up',
      }),
    );
    const shown = await page(operator, `/operations/${id}`);
    assert.match(shown.words, /Judged by settings [\w-]{8} /);
    assert.equal(shown.title, 'Stop of gpu-1 by alert UnusedGPU · ec2-operator');
    assert.match(shown.words, /No GPU above 2 % for 40 minutes \(alert UnusedGPU since 09:00 CET\)\./);
    assert.equal(shown.words.split('No GPU above').length, 2, 'said once');
    assert.equal(shown.words.includes('Looks again'), false, 'it looks again when it stops');
    assert.equal(shown.links.get('gpu-1'), `../machines/${idOf(1)}`);
    assert.equal(shown.links.get('prometheus.example'), 'https://prometheus.example/graph?g0.expr=up');
    assert.deepEqual(shown.buttons, ['Cancel this stop']);
    assert.match(shown.entries.join('\n'), /09:00 CET.*stops? at 09:15 CET/);
    assert.match(shown.words, /What the guards said not yet [^]{5,120} 09:15 CET[^]{0,60} warned /);
    assert.match(shown.text, /<noscript><meta http-equiv="refresh"/);
    await operator.passTime(HOUR);
    const over = await page(operator, `/operations/${id}`);
    assert.deepEqual(over.buttons, [], 'an end cannot be cancelled');
    assert.match(over.words, /succeeded gpu-1 .*/);
    assert.doesNotMatch(over.text, /http-equiv="refresh"/);
  });

  test('its button cancels it, and leads back; too late, the answer says so', async () => {
    const machines = [1, 2].map((number) => machine(number, { launched: LAUNCHED }));
    await using operator = await startWarned({ config: ZONE, machines });
    const [id = ''] = await send(operator, idle(1));
    const pressed = await operator.browse(`/operations/${id}/cancel`, { method: 'POST' });
    assert.deepEqual([pressed.status, pressed.headers.get('location')], [303, `../../operations/${id}`]);
    assert.match((await page(operator, `/operations/${id}`)).words, /cancelled Cancelled by anyone/);
    const [other = ''] = await send(operator, idle(2));
    await operator.passTime(HOUR);
    const late = await operator.browse(`/operations/${other}/cancel`, { method: 'POST' });
    assert.equal(late.status, 409, late.text);
  });

  test('an operation that there is not is no page, and a part of an id leads to it', async () => {
    await using operator = await startWarned({ config: ZONE });
    const id = await sendOne(operator);
    assert.match((await page(operator, `/operations/${id.slice(-8)}`)).title, /^Stop of/);
    assert.equal((await operator.browse('/operations/019aa2c0-0000-7000-8000-000000000000')).status, 404);
  });
});

describe('the pages of lists', () => {
  test('empty ones say what to do next', async () => {
    await using operator = await startWarned({ config: 'zone: Europe/Berlin' });
    assert.match((await page(operator, '/notices')).words, /no channel is configured.*docs\/channels\.md/);
    assert.match((await page(operator, '/operations')).words, /Alertmanager sends its alerts to \/operateInstance/);
    assert.match((await page(operator, '/audit')).words, /Nothing is recorded yet/);
    for (const path of ['/operations', '/notices', '/audit']) {
      const { words, links } = await page(operator, path);
      assert.match(words, /As of 0\d:\d\d CET; load again/, path);
      assert.equal(links.get('load again'), '', path);
    }
    const filtered = await page(operator, '/audit?who=pia');
    assert.match(filtered.words, /Nothing fits this filter/);
    assert.equal(filtered.links.get('Show all'), './audit');
  });

  test('operations and the audit log are filtered, paged, and lead to what they are about', async () => {
    await using operator = await startWarned({
      config: ZONE,
      machines: [1, 2, 3].map((number) => machine(number, { launched: LAUNCHED, name: `gpu-${number}` })),
    });
    const [first = ''] = await send(operator, idle(1));
    await operator.passTime(MINUTE);
    await send(operator, idle(2), idle(3));
    const all = await page(operator, '/operations?limit=2');
    assert.equal(all.entries.length, 2);
    const older = all.links.get('Older') ?? '';
    assert.match(older, /^\.\/operations\?limit=2&cursor=/);
    const second = await page(operator, older.slice(1));
    assert.deepEqual(second.links.get('Stop of gpu-1 by alert UnusedGPU'), `./operations/${first}`);
    assert.equal(second.links.get('Newest'), './operations?limit=2');
    assert.equal((await page(operator, '/operations?machine=gpu-3&state=waiting&verb=')).entries.length, 1);

    const audit = await page(operator, '/audit?event=delivery&since=2026-11-23T09:01');
    assert.equal(audit.entries.length, 1);
    assert.match(
      audit.entries[0] ?? '',
      /^09:01 CET just now Sent 2 alerts by POST \(instance.*\): 2 accepted\. anyone/,
    );
    assert.deepEqual(audit.fields, ['Who', 'Machine', 'What', 'From (Europe/Berlin)', 'Until (Europe/Berlin)']);
    const steps = await page(operator, '/audit?event=state&limit=3');
    assert.equal(steps.links.get('operation')?.startsWith('./operations/'), true);
    assert.equal((await operator.browse('/audit?since=yesterday')).status, 400);
    await operator.request('POST', '/api/v1/holds', { body: { target: idOf(3), for: '2h', why: 'training' } });
    const ofMachine = await page(operator, '/audit?machine=gpu-3');
    assert.match(
      ofMachine.entries[0] ?? '',
      /Held gpu-3 .* until .* \("training"\)\. anyone from 127\.0\.0\.1 · i-0+3 hold$/,
    );
    assert.equal(ofMachine.links.get(idOf(3)), `./machines/${idOf(3)}`);
    assert.doesNotMatch(ofMachine.entries.join(), /gpu-1|gpu-2/);
  });

  test('notices show what has failed, and what to do', async () => {
    await using gone = await startListener((_request, response) => response.writeHead(404).end('no such hook <b>'));
    const channel = `channels: [{ name: ml, webhook: { url: "${gone.url}" } }]`;
    await using operator = await startWarned({ config: `${channel}\n${ZONE}` });
    const id = await sendOne(operator);
    await operator.deliver();
    const failed = await page(operator, '/notices?state=failed&machine=');
    assert.match(
      failed.entries.join('\n'),
      /to ml · warning.*status 404: "no such hook <b>".*given up after one attempt.*ec2-operator notify test ml/,
    );
    assert.deepEqual(failed.fields, ['Machine', 'Channel', 'Kind', 'State']);
    assert.match(
      (await page(operator, `/operations/${id}`)).words,
      /warning to ml: failed \(status 404: "no such hook <b>"\)/,
    );
  });
});

test('the page of settings says what is in force, and what it never shows', async () => {
  const config = `channels: [{ name: ml, webhook: { url: "https://bus.example/canary" }, only: { team: "<b>" } }]\nguards: { spot: off }`;
  await using operator = await startWarned({ config: `${config}\n${ZONE}` });
  const shown = await page(operator, '/settings');
  assert.deepEqual(shown.headings, ['Settings', 'Places', 'Channels', 'Guards', 'All of it', 'Never shown']);
  assert.match(shown.words, /ml \(webhook\): warning, .* of machines with "team"="<b>"/);
  assert.match(shown.words, /off It is no Spot machine, or these may be stopped\. spot/);
  assert.match(shown.words, /database_url : a secret/);
  assert.doesNotMatch(shown.text, /canary/);
  const { body } = await operator.request('GET', '/api/v1/settings');
  assert.doesNotMatch(JSON.stringify(body), /canary/);
  assert.deepEqual(settingsAnswerSchema.parse(body).settings['zone'], 'Europe/Berlin');
});

test('text of others is shown as text, and stays short', async () => {
  await using operator = await startWarned({
    config: ZONE,
    machines: [machine(1, { launched: LAUNCHED, name: NASTY.slice(0, 200), tags: { owner: NASTY.slice(0, 200) } })],
  });
  const [id = ''] = await send(
    operator,
    idle(1, {
      labels: { alertname: NASTY, action: 'stop', instance_id: idOf(1), dryrun: 'false' },
      annotations: { description: NASTY, runbook_url: 'javascript:alert(1)' },
    }),
  );
  await operator.request('POST', '/api/v1/holds', { body: { target: idOf(1), for: '2h', why: NASTY.slice(0, 200) } });
  for (const path of [
    `/operations/${id}`,
    '/operations',
    '/audit',
    '/notices',
    `/audit?who=${encodeURIComponent('<b>')}`,
  ]) {
    const { text } = await page(operator, path);
    assert.doesNotMatch(text, /<script>alert|\u202e|javascript:|<b>"|value="<b>/, path);
    assert.ok(text.length < 60_000, `${path}: ${text.length}`);
    assert.doesNotMatch(text, /A{1000}/, path);
  }
});

test('who may only read sees no button', async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['Date'], now: EIGHT });
  await using operator = await startVirtualOperator({
    machines: [machine(1, { launched: LAUNCHED })],
    config: configWith({ reader: { scopes: ['read'] }, admin: { scopes: ['admin'] } }, { warn: { always: true } }),
    token: as('admin'),
    timers: mock.timers,
  });
  const id = await sendOne(operator);
  const buttonsOf = async (name: string) =>
    outline(await operator.browse(`/operations/${id}`, { headers: as(name) })).buttons;
  assert.deepEqual([await buttonsOf('reader'), await buttonsOf('admin')], [[], ['Cancel this stop']]);
});
