/** A workspace of Slack, and how its Web API answers. */
import * as z from 'zod';
import { slackContent } from './slack.ts';

export interface SlackCall {
  /** Such as `chat.postMessage`. */
  readonly method: string;
  readonly token: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

interface Posted {
  readonly channel: string;
  readonly ts: string;
  /** The contents, the newest last. */
  readonly versions: Readonly<Record<string, unknown>>[];
}

export interface SlackWorld {
  team: string;
  app: string;
  botToken: string;
  appToken: string;
  scopes: string[] | undefined;
  /** By id: whether the bot is a member, and whether the channel is archived. */
  readonly channels: Map<string, { isMember: boolean; isArchived: boolean }>;
  /** Ids by e-mail address. */
  readonly users: Map<string, string>;
  readonly posted: Posted[];
  /** The next calls of a method get these errors. */
  readonly errors: Map<string, { error: string; retryAfter?: number }[]>;
  /** No hello is said. */
  isSilent: boolean;
}

export type SlackWorldOptions = Partial<Omit<SlackWorld, 'posted' | 'errors'>>;

export const BOT_TOKEN = 'xoxb-1234567890-abcdefghijkl';
export const APP_TOKEN = 'xapp-1-A0SLACKAPP-1234567890-abcdefghijkl';

export function slackWorld(options: SlackWorldOptions = {}): SlackWorld {
  return {
    team: 'T0TEAM',
    app: 'A0SLACKAPP',
    botToken: BOT_TOKEN,
    appToken: APP_TOKEN,
    scopes: ['chat:write', 'commands', 'users:read', 'users:read.email', 'channels:read', 'groups:read'],
    channels: new Map([['C0123', { isMember: true, isArchived: false }]]),
    users: new Map([['pia@example.com', 'U0PIA']]),
    posted: [],
    errors: new Map(),
    isSilent: false,
    ...options,
  };
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Record<string, unknown>;
}

const SCOPES: Readonly<Record<string, string>> = {
  'chat.postMessage': 'chat:write',
  'chat.update': 'chat:write',
  'users.lookupByEmail': 'users:read.email',
  'conversations.info': 'channels:read',
};

export function answerMethod(world: SlackWorld, call: SlackCall): Answer {
  const [planned] = world.errors.get(call.method)?.splice(0, 1) ?? [];
  if (planned?.retryAfter !== undefined)
    return {
      status: 429,
      headers: { 'retry-after': String(planned.retryAfter) },
      body: { ok: false, error: 'ratelimited' },
    };
  if (planned !== undefined) return failed(planned.error);
  if (call.token === undefined) return failed('not_authed');
  const isApp = call.method === 'apps.connections.open';
  if (call.token !== (isApp ? world.appToken : world.botToken)) return failed('invalid_auth');
  const needed = SCOPES[call.method];
  if (needed !== undefined && world.scopes?.includes(needed) === false)
    return { status: 200, body: { ok: false, error: 'missing_scope', needed, provided: world.scopes.join(',') } };
  return METHODS[call.method]?.(world, call.fields) ?? failed('unknown_method');
}

type Method = (world: SlackWorld, fields: Readonly<Record<string, unknown>>) => Answer;

const message = {
  channel: z.string().regex(/^[CDGU]\w+$/),
  ...slackContent,
  metadata: z.strictObject({ event_type: z.string(), event_payload: z.record(z.string(), z.string()) }).optional(),
};
const newMessage = z.strictObject({
  ...message,
  blocks: message.blocks.optional(),
  thread_ts: z.string().optional(),
  reply_broadcast: z.boolean().optional(),
});
const { unfurl_links: _links, unfurl_media: _media, ...edited } = message;
const editedMessage = z.strictObject({ ...edited, blocks: z.union([z.tuple([]), message.blocks]), ts: z.string() });

const METHODS: Readonly<Record<string, Method>> = {
  'auth.test': ({ team }) =>
    answered({
      url: 'https://example.slack.com/',
      team: 'Example',
      user: 'ec2-operator',
      team_id: team,
      user_id: 'U0BOT',
    }),
  'apps.connections.open': () => answered({}),
  'users.lookupByEmail': ({ users }, { email }) => {
    const id = users.get(String(email));
    return id === undefined ? failed('users_not_found') : answered({ user: { id, deleted: false } });
  },
  'conversations.info': ({ channels }, { channel }) => {
    const found = channels.get(String(channel));
    if (found === undefined) return failed('channel_not_found');
    return answered({ channel: { id: channel, is_member: found.isMember, is_archived: found.isArchived } });
  },
  'chat.postMessage': (world, fields) => {
    const read = newMessage.safeParse(fields);
    if (!read.success) return failed('invalid_blocks', z.prettifyError(read.error));
    const problem = problemOfChannel(world, read.data.channel);
    if (problem !== undefined) return failed(problem);
    const { channel: to } = read.data;
    // A message to a person stands in the conversation with her.
    const channel = to.startsWith('U') ? `D${to.slice(1)}` : to;
    const ts = `1764252000.${String(world.posted.length + 1).padStart(6, '0')}`;
    world.posted.push({ channel, ts, versions: [fields] });
    return answered({ channel, ts, message: { ts } });
  },
  'chat.update': (world, fields) => {
    const read = editedMessage.safeParse(fields);
    if (!read.success) return failed('invalid_blocks', z.prettifyError(read.error));
    const { channel, ts } = read.data;
    const found = world.posted.find((one) => one.channel === channel && one.ts === ts);
    if (found === undefined) return failed('message_not_found');
    found.versions.push(fields);
    return answered({ channel, ts });
  },
};

function problemOfChannel({ channels, users }: SlackWorld, id: string): string | undefined {
  if (id.startsWith('U')) return [...users.values()].includes(id) ? undefined : 'channel_not_found';
  const found = channels.get(id);
  if (found === undefined) return 'channel_not_found';
  if (found.isArchived) return 'is_archived';
  return found.isMember ? undefined : 'not_in_channel';
}

function answered(body: Readonly<Record<string, unknown>>): Answer {
  return { status: 200, body: { ok: true, ...body } };
}

function failed(error: string, detail?: string): Answer {
  return { status: 200, body: { ok: false, error, ...(detail === undefined ? {} : { detail }) } };
}
