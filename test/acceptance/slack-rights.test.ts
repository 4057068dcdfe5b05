/** In Slack, machines are for the people who are told about them now. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { idOf, machine } from '../support/fleet.ts';
import { heldAt, startSlackSite, startWarned, type SlackSite } from '../support/slack-site.ts';

const ML = { team: 'ml' };
const IDLE = { launched: '1d ago', tags: { Name: 'gpu-1', ...ML } };
const MAY_ALL = 'channel: C0123, may: [hold, start, stop]';

async function say(
  { slack, command }: SlackSite,
  text: string,
  changes: Readonly<Record<string, string>> = {},
): Promise<string> {
  const answer = slack.nextAnswer();
  await slack.deliver('slash_commands', command(text, changes));
  return answer;
}

async function pressed({ slack, press }: SlackSite, label: string): Promise<string> {
  const answer = slack.nextAnswer();
  await slack.deliver('interactive', press(label));
  return answer;
}

describe('rights in Slack', { concurrency: 3 }, () => {
  test('a machine that its tags have moved to another channel is not touched by an old message', async () => {
    await using site = await startWarned({ machines: [machine(1, IDLE)], only: '{ team: ml }', settings: MAY_ALL });
    site.operator.sandbox.set(idOf(1), { tags: { team: 'ops' } });
    for (const label of ['Keep 1 h', 'Stop now'])
      assert.match(await pressed(site, label), /^Nothing was changed: the machine is not told about here any more/);
    assert.deepEqual(await heldAt(site), []);
    site.operator.sandbox.set(idOf(1), { tags: ML });
    assert.match(await pressed(site, 'Keep 1 h'), /is kept running until/);
  });

  test('while EC2 cannot be asked, people keep machines and stop none', async () => {
    await using site = await startWarned({ machines: [machine(1, IDLE)], only: '{ team: ml }', settings: MAY_ALL });
    site.operator.sandbox.faults.add({ kind: 'error', action: 'DescribeInstances' });
    assert.match(await pressed(site, 'Stop now'), /^Nothing was changed: EC2 cannot be asked about the machine now/);
    assert.match(await pressed(site, 'Keep 1 h'), /is kept running until/);
    assert.deepEqual(await heldAt(site), [`slack:U0PIA (pia) ${idOf(1)}`]);
    assert.deepEqual(site.operator.changes(), []);
  });

  test('/ec2 says the same of machines of others, of unknown names and of ambiguous ones', async () => {
    await using site = await startSlackSite({
      machines: [
        machine(1, { tags: { Name: 'mine', ...ML } }),
        machine(2, { tags: { Name: 'secret' } }),
        machine(3, { tags: { Name: 'twin' } }),
        machine(4, { tags: { Name: 'twin' } }),
      ],
      only: '{ team: ml }',
      names: { 'internal.example.com': ['10.9.9.9'] },
    });
    const hosts = ['secret', idOf(2), 'twin', 'nobody', 'internal.example.com', 'nowhere.example.com'];
    const answers = new Set<string>();
    for (const host of hosts) {
      const told = await say(site, `status ${host}`);
      assert.ok(told.startsWith(`Nothing was done: "${host}" is not among the machines`), told);
      answers.add(told.replace(`"${host}"`, ''));
    }
    assert.equal(answers.size, 1);
    assert.match(await say(site, 'status mine'), /^.*is running/);
  });

  test('/ec2 from a channel to which no bot writes asks neither EC2 nor the DNS', async () => {
    await using site = await startSlackSite({ machines: [machine(1, IDLE)] });
    const before = site.operator.sandbox.calls.length;
    const told = await say(site, 'status gpu-1', { channel_id: 'C0OTHER' });
    assert.match(told, /^Nothing was done: "gpu-1" is not among/);
    assert.equal(site.operator.sandbox.calls.length, before);
  });
});
