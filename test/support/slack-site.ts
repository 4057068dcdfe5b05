/** The whole operator with a workspace of Slack, in which people press and write. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stopAlert } from './alerts.ts';
import { machine } from './fleet.ts';
import { startOperator, temporaryDirectory, type Operator, type OperatorOptions } from './operator.ts';
import { signedBySlack, startSlack, type SlackVendor } from './vendors/slack-app.ts';
import { APP_TOKEN, BOT_TOKEN, type SlackWorldOptions } from './vendors/slack-world.ts';

export const SIGNING_SECRET = '0123456789abcdef0123456789abcdef';

export interface SlackSite extends AsyncDisposable {
  readonly slack: SlackVendor;
  readonly operator: Operator;
  /** The buttons of the newest message, as it is now: their values by their labels. */
  readonly buttons: () => ReadonlyMap<string, Button>;
  /** What Slack sends when a person presses a button of the newest message. */
  readonly press: (label: string, changes?: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  /** What Slack sends when a person writes a command. */
  readonly command: (text: string, changes?: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
  /** Sends it signed, as Slack does without Socket Mode. @returns the status */
  readonly sign: (
    where: 'interactive' | 'command',
    fields: Readonly<Record<string, string>>,
    more?: { readonly secret?: string; readonly atMs?: number },
  ) => Promise<number>;
}

export interface Button {
  readonly action: string;
  readonly value: string;
}

export interface SiteOptions extends OperatorOptions {
  /** Default: Socket Mode. */
  readonly by?: 'socket' | 'http';
  /** More settings of the channel, in YAML. */
  readonly settings?: string;
  /** Which machines the channel is told about, in YAML. Default: all. */
  readonly only?: string;
  /** Another channel of the same app, in YAML: its name, and its settings. */
  readonly second?: { readonly name: string; readonly settings: string };
  /** More settings of the operator, in YAML. */
  readonly more?: string;
  readonly world?: SlackWorldOptions;
}

export async function startSlackSite(options: SiteOptions = {}): Promise<SlackSite> {
  const {
    by = 'socket',
    settings = 'channel: C0123',
    more = 'warn: { before: 10m }',
    second,
    only,
    world,
    ...rest
  } = options;
  await using stack = new AsyncDisposableStack();
  const slack = stack.use(await startSlack(world));
  const directory = await temporaryDirectory(stack);
  const fileOf = async (name: string, content: string): Promise<string> => {
    const file = path.join(directory, name);
    await writeFile(file, content);
    return file;
  };
  const answers =
    by === 'socket'
      ? `app_token_file: ${await fileOf('app', APP_TOKEN)}`
      : `signing_secret_file: ${await fileOf('secret', SIGNING_SECRET)}`;
  const bot = `bot_token_file: ${await fileOf('bot', BOT_TOKEN)}, ${answers}, api_url: '${slack.api}'`;
  const hello = by === 'socket' ? slack.hello() : Promise.resolve();
  const channels = [{ name: 'ml', settings }, ...(second === undefined ? [] : [second])]
    .map(
      (channel) =>
        `{ name: ${channel.name}, ${only === undefined ? '' : `only: ${only}, `}slack: { ${bot}, ${channel.settings} } }`,
    )
    .join(', ');
  const operator = stack.use(await startOperator({ ...rest, config: `channels: [${channels}]\n${more}` }));
  await hello;
  const running = stack.move();
  const person = { id: 'U0PIA', username: 'pia', name: 'pia', team_id: slack.world.team };
  const newest = () => {
    const posted = slack.world.posted.at(-1);
    if (posted === undefined) throw new Error('expected a message');
    return posted;
  };
  const buttons = (): ReadonlyMap<string, Button> => {
    const blocks = (newest().versions.at(-1)?.['blocks'] ?? []) as {
      elements?: { text: { text: string }; action_id: string; value: string }[];
    }[];
    const all = blocks.flatMap(({ elements = [] }) => elements);
    return new Map(all.map(({ text, action_id: action, value }) => [text.text, { action, value }]));
  };
  return {
    slack,
    operator,
    buttons,
    press: (label, changes = {}) => {
      const button = buttons().get(label);
      if (button === undefined) throw new Error(`expected a button ${label}, got ${[...buttons().keys()].join(', ')}`);
      const { channel, ts } = newest();
      return {
        type: 'block_actions',
        api_app_id: slack.world.app,
        user: person,
        team: { id: slack.world.team, domain: 'example' },
        channel: { id: channel, name: 'ml' },
        message: { ts, text: '' },
        container: { type: 'message', message_ts: ts, channel_id: channel },
        response_url: slack.responseUrl(),
        actions: [
          { action_id: button.action, value: button.value, type: 'button', action_ts: String(Date.now() / 1_000) },
        ],
        ...changes,
      };
    },
    command: (text, changes = {}) => ({
      command: '/ec2',
      text,
      user_id: person.id,
      user_name: person.name,
      team_id: slack.world.team,
      channel_id: 'C0123',
      api_app_id: slack.world.app,
      response_url: slack.responseUrl(),
      ...changes,
    }),
    sign: async (where, fields, { secret = SIGNING_SECRET, atMs = Date.now() } = {}) =>
      (await operator.request(`/slack/${where}`, signedBySlack(secret, fields, atMs))).status,
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

interface HoldBody {
  readonly instance: string;
  readonly holder: string;
  readonly until: string;
}

export async function holdsOf(operator: Operator): Promise<readonly HoldBody[]> {
  const { text } = await operator.request('/api/v1/holds');
  return (JSON.parse(text) as { holds: HoldBody[] }).holds;
}

export async function heldAt(site: SlackSite): Promise<readonly string[]> {
  return (await holdsOf(site.operator)).map(({ instance, holder }) => `${holder} ${instance}`);
}

/** A machine that is about to be stopped, and the message about it. */
export async function startWarned(options: SiteOptions = {}): Promise<SlackSite & { readonly id: string }> {
  await using stack = new AsyncDisposableStack();
  const site = stack.use(await startSlackSite({ machines: [machine(1, { launched: '1d ago' })], ...options }));
  const told = site.slack.nextCall('chat.postMessage');
  const [receipt] = await site.operator.post('/operateHostname', [stopAlert(1)]);
  await told;
  const id = receipt?.operation ?? '';
  await site.operator.waiting(id, 'warned');
  const running = stack.move();
  return { ...site, id, [Symbol.asyncDispose]: async () => running.disposeAsync() };
}
