/** The loop as a whole, with the real Prometheus and Alertmanager: an idle machine, its people told, kept, stopped, and given back. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import * as z from 'zod';
import { addressOf, machine } from '../support/fleet.ts';
import { startOperator, temporaryDirectory } from '../support/operator.ts';
import { APP_TOKEN, BOT_TOKEN } from '../support/vendors/slack-world.ts';
import { startSlack, type SlackVendor } from '../support/vendors/slack-app.ts';
import { wakeByLink } from '../support/visitor.ts';
import { gpuMachine } from './machines.ts';
import { findPrograms, startAlertmanager, startPrometheus } from './monitoring.ts';
import { eventuallyAmong } from './scenario.ts';

const HOUR_MS = 3_600_000;
const idle = gpuMachine(1, 'gpu-1', 'native');
const found = findPrograms();
const skip = 'skip' in found ? found.skip : false;

test(
  'an idle machine: told, kept for four hours, told again, stopped, and given back',
  { skip, timeout: 300_000 },
  async (t) => {
    assert.ok('programs' in found);
    await using stack = new AsyncDisposableStack();
    const directory = await temporaryDirectory(stack);
    const slack = stack.use(await startSlack());
    // Only the operator's clock moves on: EC2, Prometheus and Alertmanager know nothing of the four hours.
    const clock = { aheadMs: 0 };
    const operator = stack.use(
      await startOperator({
        machines: [machine(idle.number, { name: idle.name, launched: '3h ago' })],
        config: await configWith(directory, slack),
        clock: () => Date.now() + clock.aheadMs,
      }),
    );
    const world = { machines: [idle], sandbox: operator.sandbox, directory };
    const alertmanager = stack.use(await startAlertmanager(found.programs, world, operator.url));
    const prometheus = stack.use(await startPrometheus(found.programs, world, alertmanager));
    const eventually = eventuallyAmong([alertmanager, prometheus]);
    const messageSays = async (words: RegExp): Promise<Record<string, unknown>> =>
      eventually(`the message says ${String(words)}`, () => {
        const shown = slack.world.posted.at(0)?.versions.at(-1);
        return shown !== undefined && words.test(String(shown['text'])) ? shown : undefined;
      });

    await t.test('Prometheus finds it idle, and its people are told when it stops and why', async () => {
      const shown = await messageSays(/^gpu-1 stops at /);
      assert.match(String(shown['text']), /GPU/);
      assert.equal(operator.sandbox.instance(idle.id).state, 'running');
    });

    await t.test('a press on "Keep 4 h" holds it, and the same message says so', async () => {
      await press(slack, 'keep_4h');
      await messageSays(/^gpu-1 keeps running until /);
      const { text } = await operator.request('/api/v1/holds');
      const [hold] = holdsSchema.parse(JSON.parse(text)).holds;
      assert.ok(hold !== undefined && Math.abs(Date.parse(hold.until) - Date.now() - 4 * HOUR_MS) < 5 * 60_000, text);
    });

    await t.test('at the end of the hold it is still idle: it is told of again, and stops', async () => {
      clock.aheadMs = 4 * HOUR_MS + 60_000;
      await messageSays(/^gpu-1 stops at /);
      await messageSays(/^gpu-1 was stopped at /);
      assert.equal(operator.sandbox.instance(idle.id).state, 'stopped');
      assert.equal(operator.changes(idle.id).length, 1);
    });

    await t.test('all of it was one message; the second warning was heard by an answer under it', () => {
      const under = slack.world.posted.map(({ versions }) => versions[0]?.['thread_ts']);
      assert.deepEqual(under, [undefined, slack.world.posted[0]?.ts]);
    });

    await t.test('the page behind the message starts it again', async () => {
      const shown = await messageSays(/^gpu-1 was stopped at /);
      const [, wake] = /<(https:[^|>]+)\|Start it again>/.exec(JSON.stringify(shown)) ?? [];
      assert.ok(wake !== undefined, JSON.stringify(shown));
      await wakeByLink(operator.url, wake, idle.name);
      await operator.sandbox.until(() => operator.sandbox.instance(idle.id).state === 'running');
      assert.equal(operator.changes(idle.id).length, 2);
    });
  },
);

const holdsSchema = z.object({ holds: z.array(z.object({ until: z.string() })) });

async function configWith(directory: string, slack: SlackVendor): Promise<string> {
  const fileOf = async (name: string, secret: string): Promise<string> => {
    const file = path.join(directory, name);
    await writeFile(file, secret);
    return file;
  };
  return stringify({
    hosts: { [idle.name]: addressOf(idle.number) },
    public_url: 'https://ec2.example.com',
    guards: { min_uptime: 'off' },
    warn: { before: '8s' },
    channels: [
      {
        name: 'gpu',
        slack: {
          bot_token_file: await fileOf('bot', BOT_TOKEN),
          app_token_file: await fileOf('app', APP_TOKEN),
          channel: 'C0123',
          api_url: slack.api.replace(/\/$/, ''),
        },
      },
    ],
  });
}

/** A person's press on a button of the newest version of the message. */
async function press(slack: SlackVendor, action: string): Promise<void> {
  const [posted] = slack.world.posted;
  const buttons = JSON.stringify(posted?.versions.at(-1)?.['blocks']);
  const [, value] = new RegExp(`"action_id":"${action}","value":"([^"]+)"`).exec(buttons) ?? [];
  assert.ok(posted !== undefined && value !== undefined, buttons);
  await slack.deliver('interactive', {
    type: 'block_actions',
    api_app_id: slack.world.app,
    team: { id: slack.world.team },
    user: { id: 'U0PIA', username: 'pia', team_id: slack.world.team },
    channel: { id: posted.channel },
    message: { ts: posted.ts },
    container: { type: 'message', message_ts: posted.ts, channel_id: posted.channel },
    response_url: slack.responseUrl(),
    trigger_id: '1.2.3',
    actions: [{ type: 'button', action_id: action, value, action_ts: String(Date.now() / 1_000) }],
  });
}
