/** What Slack sends when a person presses a button, or writes a command. */
import * as z from 'zod';

/** A person as Slack names her. Only the id is to be trusted. */
export interface SlackPerson {
  readonly id: string;
  readonly name?: string;
}

interface FromSlack {
  readonly person: SlackPerson;
  /** The workspaces that are named: all of them have to be ours. */
  readonly teams: readonly string[];
  readonly channel: string;
  /** The app's id. */
  readonly app?: string;
  /** Takes an answer that only this person sees: five, within 30 minutes. */
  readonly responseUrl?: string;
}

export interface Click extends FromSlack {
  /** The button. */
  readonly action: string;
  /** Its value: the id of a notice. */
  readonly notice: string;
  /** The message's, and that of the message under which it stands. */
  readonly messages: readonly string[];
  /** When it was pressed, as Slack says. It tells a second press from a second delivery. */
  readonly pressedAt: string;
}

export interface Command extends FromSlack {
  /** As it was typed. */
  readonly name: string;
  readonly text: string;
}

const id = z.string().regex(/^[A-Z0-9]{3,32}$/);
const named = z.looseObject({ id });

const clickSchema = z.looseObject({
  type: z.literal('block_actions'),
  user: z.looseObject({
    id,
    username: z.string().optional(),
    name: z.string().optional(),
    team_id: id.optional(),
  }),
  team: named,
  channel: named,
  message: z.looseObject({ ts: z.string(), thread_ts: z.string().optional() }),
  api_app_id: id.optional(),
  response_url: z.string().optional(),
  actions: z
    .tuple([z.looseObject({ action_id: z.string(), value: z.string().optional(), action_ts: z.string() })])
    .rest(z.unknown()),
});

/** @returns undefined for what is no press of a button in a message */
export function readClick(payload: unknown): Click | undefined {
  const { data } = clickSchema.safeParse(payload);
  if (data === undefined) return undefined;
  const { user, team, channel, message, api_app_id: app, response_url: responseUrl } = data;
  const [{ action_id: action, value = '', action_ts: pressedAt }] = data.actions;
  const name = user.username ?? user.name;
  return {
    person: { id: user.id, ...(name === undefined ? {} : { name }) },
    teams: [team.id, ...(user.team_id === undefined ? [] : [user.team_id])],
    channel: channel.id,
    ...(app === undefined ? {} : { app }),
    ...(responseUrl === undefined ? {} : { responseUrl }),
    action,
    notice: value,
    messages: [message.ts, ...(message.thread_ts === undefined ? [] : [message.thread_ts])],
    pressedAt,
  };
}

const commandSchema = z.looseObject({
  command: z.string(),
  text: z.string().default(''),
  user_id: id,
  user_name: z.string().optional(),
  team_id: id,
  channel_id: id,
  api_app_id: id.optional(),
  response_url: z.string().optional(),
});

export function readCommand(payload: unknown): Command | undefined {
  const { data } = commandSchema.safeParse(payload);
  if (data === undefined) return undefined;
  const { command, text, user_id: person, user_name: name, team_id: team, channel_id: channel } = data;
  const { api_app_id: app, response_url: responseUrl } = data;
  return {
    person: { id: person, ...(name === undefined ? {} : { name }) },
    teams: [team],
    channel,
    ...(app === undefined ? {} : { app }),
    ...(responseUrl === undefined ? {} : { responseUrl }),
    name: command,
    text,
  };
}
