/** People answer in Slack, and nobody else does. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stopAlert } from '../support/alerts.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine } from '../support/fleet.ts';
import { heldAt, holdsOf, startSlackSite, startWarned } from '../support/slack-site.ts';

describe('Slack', { concurrency: 4 }, () => {
  test('a warning, a press of Keep 4 h, and the same message says that the machine is kept', async () => {
    await using site = await startWarned({ more: 'warn: { before: 10m }\nholds: { longest: 48h }' });
    const { slack, operator } = site;
    assert.deepEqual([...site.buttons().keys()], ['Keep 1 h', 'Keep 4 h', 'Until tomorrow 9:00']);
    const answer = slack.nextAnswer();
    const edited = slack.nextCall('chat.update');
    const before = Date.now();
    await slack.deliver('interactive', site.press('Keep 4 h'));
    assert.match(await answer, /^\S+ is kept running until .*\d\d:\d\d UTC\.$/);
    const [hold] = await holdsOf(operator);
    assert.deepEqual([hold?.instance, hold?.holder], [idOf(1), 'slack:U0PIA (pia)']);
    const keptMs = Date.parse(hold?.until ?? '') - before;
    assert.ok(keptMs >= 4 * 3_600_000 - 1_000 && keptMs < 4 * 3_600_000 + 60_000, String(keptMs));
    const { fields } = await edited;
    assert.match(String(fields['text']), /keeps running until/);
    assert.equal(slack.world.posted.length, 1);
    await operator.waiting(site.id, 'held');
    const { text } = await operator.request('/api/v1/audit?event=hold');
    assert.match(text, /"who":"slack:U0PIA \(pia\)","remote":"slack:C0123"/);
  });

  test('a press that is delivered twice, and a person who presses twice, do one thing', async () => {
    await using site = await startWarned();
    const { slack, operator } = site;
    const answer = slack.nextAnswer();
    const press = site.press('Keep 1 h');
    const [action] = press['actions'] as Record<string, unknown>[];
    const second = { ...press, actions: [{ ...action, action_ts: String(Date.now() / 1_000 + 0.3) }] };
    await Promise.all([press, press, second].map(async (payload) => slack.deliver('interactive', payload)));
    await answer;
    const help = slack.nextAnswer();
    await slack.deliver('slash_commands', site.command('help'));
    await help;
    const { text } = await operator.request('/api/v1/audit?event=hold');
    assert.equal((JSON.parse(text) as { entries: unknown[] }).entries.length, 1);
  });

  test('a press that does not come from our message in our workspace changes nothing, and is answered', async () => {
    await using site = await startWarned();
    const { slack } = site;
    const press = site.press('Keep 4 h');
    const [action] = press['actions'] as Record<string, unknown>[];
    const forged: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
      [{ team: { id: 'T0OTHER' } }, /only people of the workspace/],
      [{ user: { id: 'U0EVE', username: 'eve', team_id: 'T0OTHER' } }, /only people of the workspace/],
      [{ api_app_id: 'A0OTHER' }, /from another app/],
      [{ channel: { id: 'C0OTHER' } }, /does not know this message/],
      [{ message: { ts: '1.000001' } }, /does not know this message/],
      [{ actions: [{ ...action, value: 'i-0123456789abcdef0' }] }, /does not know this message/],
      [{ actions: [{ ...action, value: '' }] }, /does not know this message/],
      [{ actions: [{ ...action, action_id: 'start' }] }, /no such button/],
      [{ actions: [{ ...action, action_id: 'keep_99h' }] }, /no such button/],
      [
        { actions: [{ ...action, action_id: 'stop' }] },
        /may not stop machines from this channel \(may: \[hold, start\]\)/,
      ],
    ];
    for (const [change, expected] of forged) {
      const answer = slack.nextAnswer();
      await slack.deliver('interactive', { ...press, response_url: slack.responseUrl(), ...change });
      assert.match(await answer, expected);
    }
    assert.deepEqual(await heldAt(site), []);
    assert.deepEqual(site.operator.changes(), []);
    assert.equal((await site.operator.read(site.id)).reason, 'warned');
  });

  test('Stop now stops, where the channel may', async () => {
    await using site = await startWarned({ settings: 'channel: C0123, may: [hold, start, stop]' });
    const { slack } = site;
    const answer = slack.nextAnswer();
    await slack.deliver('interactive', site.press('Stop now'));
    assert.match(await answer, /is being stopped\.$/);
    await eventually('the stop', () => (site.operator.changes(idOf(1)).length === 1 ? true : undefined));
  });

  test('Stop now under a message from before the machine was started again stops nothing', async () => {
    await using site = await startWarned({ settings: 'channel: C0123, may: [stop]' });
    const { slack, operator } = site;
    const press = site.press('Stop now');
    await slack.deliver('interactive', press);
    await operator.end(site.id);
    const start = await operator.ask(`/operateInstance?instance=${idOf(1)}&action=start&dryrun=false`);
    await operator.end(start.operation.id);
    const answer = slack.nextAnswer();
    const another = { id: 'U0EVA', username: 'eva', team_id: slack.world.team };
    await slack.deliver('interactive', { ...press, user: another, response_url: slack.responseUrl() });
    assert.match(await answer, /^Nothing was changed: the stop of which this message tells is over/);
    assert.equal(operator.sandbox.instance(idOf(1)).state, 'running');
  });

  test('Start under the message of a stop gets the machine back', async () => {
    await using site = await startWarned({ more: 'warn: { before: 1s }' });
    const { slack, operator } = site;
    await operator.end(site.id);
    await eventually('the message of the stop', () => (site.buttons().has('Start') ? true : undefined));
    const answer = slack.nextAnswer();
    await slack.deliver('interactive', site.press('Start'));
    assert.match(await answer, /is being started\.$/);
    assert.deepEqual(
      operator.changes(idOf(1)).map(({ action }) => action),
      ['StopInstances', 'StartInstances'],
    );
  });

  test('signed requests are taken in place of Socket Mode; others are refused', async () => {
    await using site = await startWarned({ by: 'http' });
    const { slack, operator } = site;
    const fields = { payload: JSON.stringify(site.press('Keep 4 h')) };
    assert.equal(await site.sign('interactive', fields, { secret: 'another secret of some length' }), 401);
    assert.equal(await site.sign('interactive', fields, { atMs: Date.now() - 330_000 }), 401);
    assert.equal(await site.sign('interactive', fields, { atMs: Date.now() + 330_000 }), 401);
    const unsigned = await operator.request('/slack/interactive', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields),
    });
    assert.equal(unsigned.status, 401);
    assert.deepEqual(await heldAt(site), []);
    const answer = slack.nextAnswer();
    assert.equal(await site.sign('interactive', fields), 200);
    assert.match(await answer, /is kept running until/);
    assert.deepEqual(await heldAt(site), [`slack:U0PIA (pia) ${idOf(1)}`]);
    assert.equal(await site.sign('interactive', { payload: 'no JSON' }), 200);
    assert.equal(await site.sign('interactive', {}), 200);
    const status = slack.nextAnswer();
    assert.equal(await site.sign('command', site.command(`status ${idOf(1)}`)), 200);
    assert.match(await status, /is running .*\nslack:U0PIA \(pia\) keeps it running until/s);
  });

  test('wrong signatures from one address are limited, and right ones still come through', async () => {
    await using site = await startSlackSite({ by: 'http' });
    const statuses: number[] = [];
    for (let tries = 0; tries < 15; tries += 1)
      statuses.push(await site.sign('command', {}, { secret: 'another secret of some length' }));
    assert.deepEqual(new Set(statuses), new Set([401, 429]));
    assert.equal(await site.sign('command', site.command('help')), 200);
  });

  test('/ec2 asks, keeps and starts, within what the channel may', async () => {
    await using site = await startSlackSite({
      machines: [machine(1, { launched: '1d ago' }), machine(2, { state: 'stopped' })],
    });
    const { slack, operator } = site;
    const say = async (text: string, changes: Readonly<Record<string, string>> = {}): Promise<string> => {
      const answer = slack.nextAnswer();
      await slack.deliver('slash_commands', site.command(text, changes));
      return answer;
    };
    assert.match(await say('what now?'), /^`\/ec2 status HOST`/);
    assert.match(await say(`status ${idOf(1)}`), /is running \(/);
    assert.match(await say(`hold ${idOf(1)} 2h`), /is kept running until/);
    assert.deepEqual(await heldAt(site), [`slack:U0PIA (pia) ${idOf(1)}`]);
    assert.match(await say(`hold ${idOf(1)} 48h`), /may be kept for 1d from now, got 2d/);
    assert.match(await say('hold i-0123456789abcdef9'), /^Nothing was done: "i-0123456789abcdef9" is not among/);
    assert.match(await say(`start ${idOf(2)} 2h`), /is being started/);
    const { text } = await operator.request('/api/v1/operations?limit=1');
    assert.match(text, /slack:U0PIA \(pia\) at slack:C0123/);
    assert.match(await say(`status ${idOf(1)}`, { team_id: 'T0OTHER' }), /only people of the workspace/);
    assert.match(await say(`hold ${idOf(2)}`, { channel_id: 'C0OTHER' }), /not among the machines/);
    assert.equal((await heldAt(site)).length, 1);
  });

  test('/ec2 obeys an owner about her machines anywhere, and nobody else', async () => {
    await using site = await startSlackSite({
      machines: [machine(1, { launched: '1d ago', tags: { Name: 'gpu-1', owner: 'pia' } })],
      settings: 'to: owner, may: [hold]',
      more: "owners: { tags: [owner], email: '{owner}@example.com', domains: [example.com] }",
      world: {
        users: new Map([
          ['pia@example.com', 'U0PIA'],
          ['max@example.com', 'U0MAX'],
        ]),
      },
    });
    const { slack } = site;
    const say = async (text: string, changes: Readonly<Record<string, string>> = {}): Promise<string> => {
      const answer = slack.nextAnswer();
      await slack.deliver('slash_commands', site.command(text, changes));
      return answer;
    };
    assert.match(await say('hold gpu-1', { user_id: 'U0MAX', user_name: 'pia' }), /not among the machines/);
    assert.deepEqual(await heldAt(site), []);
    assert.match(await say('hold gpu-1', { channel_id: 'D0ANY' }), /is kept running until/);
    assert.match(await say('start gpu-1'), /may not start machines from here \(may: \[hold\]\)/);
    assert.deepEqual(await heldAt(site), [`slack:U0PIA (pia) ${idOf(1)}`]);
  });

  test('channels of one app share its connection, and an owner who keeps her machine is told of in both', async () => {
    await using site = await startSlackSite({
      machines: [machine(1, { launched: '1d ago', tags: { owner: 'pia' } })],
      second: { name: 'owners', settings: 'to: owner, may: [hold]' },
      more: "warn: { before: 10m }\nowners: { tags: [owner], email: '{owner}@example.com', domains: [example.com] }",
    });
    const { slack } = site;
    assert.equal(slack.connections(), 1);
    await site.operator.post('/operateHostname', [stopAlert(1)]);
    const { posted } = slack.world;
    await eventually('both messages', () => (posted.length === 2 ? true : undefined));
    assert.deepEqual(new Set(posted.map(({ channel }) => channel)), new Set(['C0123', 'D0PIA']));
    const inBoth = posted.map(({ channel, ts }) =>
      site.press('Keep 4 h', { channel: { id: channel }, message: { ts } }),
    );
    // The newest message's button, on the other message: a button counts where it stands.
    const wrong = slack.nextAnswer();
    await slack.deliver('interactive', inBoth[0]);
    assert.match(await wrong, /does not know this message/);
    const answer = slack.nextAnswer();
    await slack.deliver('interactive', inBoth[1]);
    assert.match(await answer, /is kept running until/);
    await eventually('both edits', () => (posted.every(({ versions }) => versions.length === 2) ? true : undefined));
    const [hold] = await holdsOf(site.operator);
    assert.equal(hold?.holder, 'slack:U0PIA (pia)');
  });

  test('the connection is a metric, and no token is told', async () => {
    await using site = await startSlackSite();
    await eventually('the connection', async () => {
      const { text } = await site.operator.request('/metrics');
      assert.doesNotMatch(text, /xox|xapp/);
      return text.includes('ec2_operator_slack_connected{channel="ml"} 1') ? true : undefined;
    });
  });
});
