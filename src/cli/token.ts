/** `token`: makes, lists and revokes tokens through a running server, or in its database. */
import { readVariable, type Environment } from '../config/environment.ts';
import { readConfig } from '../config/read.ts';
import type { Config } from '../config/schema.ts';
import { parseDuration } from '../domain/duration.ts';
import type { Move } from '../domain/move.ts';
import { noticesOf } from '../domain/notices-of.ts';
import { SIGNED_NAME, SIGNED_NAME_TAKEN } from '../domain/scope.ts';
import { createStoredTokens, type StoredTokens, type TokenRights } from '../http/auth/stored-tokens.ts';
import {
  newTokenAnswerSchema,
  parseNewToken,
  revokedAnswerSchema,
  showRevoked,
  showToken,
  type RevokedAnswer,
  tokensAnswerSchema,
  type TokenBody,
} from '../http/token-schemas.ts';
import { tellingSettings } from '../settings.ts';
import { openStore } from '../store/open.ts';
import { readTags, wantsJson, type Call } from './call.ts';
import { CommandError, EXIT, usageError } from './command-error.ts';
import type { Line } from './screen.ts';
import { openServer } from './server.ts';
import { layOut } from './table.ts';

/** The server or its store. */
interface Keeper {
  readonly create: (rights: TokenRights) => Promise<{ readonly token: TokenBody; readonly secret: string }>;
  readonly list: () => Promise<readonly TokenBody[]>;
  readonly revoke: (name: string, cancel: boolean) => Promise<RevokedAnswer>;
}

/**
 * @returns the exit code
 * @throws CommandError that says what was expected
 */
export async function manageTokens(call: Call): Promise<number> {
  const [action = '', name, surplus] = call.line.operands;
  if (action !== 'create')
    for (const option of ['scopes', 'expires', 'only'])
      if (call.line.values.has(option)) throw usageError(`expected --${option} with token create only`);
  if (action !== 'revoke' && call.line.flags.has('cancel'))
    throw usageError('expected --cancel with token revoke only');
  if (surplus !== undefined || (action === 'list') !== (name === undefined) || !ACTIONS.includes(action))
    throw usageError('expected "create NAME", "list" or "revoke NAME" behind "token"; a NAME is one word');
  if (action === 'list') return withKeeper(call, async (keeper) => showList(call, await keeper.list()));
  if (action === 'create') return create(call, name ?? '');
  return withKeeper(call, async (keeper) => {
    const revoked = await keeper.revoke(name ?? '', call.line.flags.has('cancel'));
    if (call.line.flags.has('json')) call.screen.json(revoked);
    else call.screen.write(revokedLines(revoked, call.line.flags.has('cancel')));
  });
}

function revokedLines(
  { revoked, open, cancelled, shared, tooLate = [] }: RevokedAnswer,
  wantsCancel: boolean,
): readonly Line[] {
  const lines: Line[] = [[`revoked ${revoked}`]];
  if (open === 0) return [...lines, ['no open operation was made with it']];
  if (!wantsCancel) {
    const what = `open and not cancelled: ${countOf(open)} made with it`;
    return [...lines, [`${what}. To cancel: ec2-operator token revoke ${revoked} --cancel`]];
  }
  lines.push([`cancelled: ${cancelled} of ${countOf(open)}`]);
  if (shared > 0) lines.push([`left, because other senders asked for them, too: ${shared}`]);
  const begun = open - cancelled - shared;
  if (begun > 0) lines.push([`left, because EC2 has already been asked: ${begun}`]);
  for (const { operation, message } of tooLate) lines.push([`  ${operation}: ${message}`]);
  return lines;
}

function countOf(operations: number): string {
  return operations === 1 ? '1 operation' : `${operations} operations`;
}

const ACTIONS: readonly string[] = ['create', 'list', 'revoke'];

async function create(call: Call, name: string): Promise<number> {
  const { screen, line } = call;
  const rights = readRights(call, name);
  return withKeeper(call, async (keeper) => {
    const made = await keeper.create(rights);
    if (line.flags.has('json')) screen.json(made);
    else screen.write([[made.secret]]);
    const until = made.token.expiresAt === undefined ? '' : `, until ${made.token.expiresAt}`;
    screen.note([`This is ${name}, for ${made.token.scopes.join(', ')}${until}. It is shown only once.`]);
  });
}

function readRights(call: Call, name: string): TokenRights {
  const { values } = call.line;
  const expires = values.get('expires');
  const ms = parseDuration(expires ?? '');
  const only = readTags(call);
  const rights = parseNewToken(
    {
      name,
      scopes: (values.get('scopes') ?? '').split(',').filter((scope) => scope !== ''),
      ...(expires === undefined ? {} : { expiresAt: ms === undefined ? expires : toTime(Date.now() + ms) }),
      ...(only === undefined ? {} : { only }),
    },
    Date.now(),
  );
  if (rights.ok) return rights.value;
  throw usageError(`${rights.message}: see ec2-operator token --help`);
}

function toTime(ms: number): string {
  return new Date(ms).toISOString();
}

function showList(call: Call, tokens: readonly TokenBody[]): void {
  const { screen } = call;
  if (wantsJson(call)) {
    for (const token of tokens) screen.json(token);
    return;
  }
  if (tokens.length === 0) {
    screen.write([['no tokens']]);
    return;
  }
  const column = (heading: string, read: (token: TokenBody) => string) => ({
    heading,
    cells: tokens.map((token) => ({ text: read(token) })),
  });
  const columns = [
    column('NAME', ({ name }) => name),
    column('SCOPES', ({ scopes }) => scopes.join(',')),
    column('ONLY', ({ only = {} }) =>
      Object.entries(only)
        .map((tag) => tag.join('='))
        .join(','),
    ),
    column('FROM', ({ source }) => source),
    column('CREATED', ({ createdAt = '' }) => createdAt),
    column('STATE', stateOf),
  ];
  screen.write(layOut(columns, screen.columns()));
}

function stateOf({ expiresAt, revokedAt }: TokenBody): string {
  if (revokedAt !== undefined) return `revoked ${revokedAt}`;
  if (expiresAt === undefined) return 'valid';
  return Date.parse(expiresAt) <= Date.now() ? `expired ${expiresAt}` : `valid until ${expiresAt}`;
}

async function withKeeper(call: Call, work: (keeper: Keeper) => Promise<void>): Promise<number> {
  const names = ['EC2_OPERATOR_URL', 'EC2_OPERATOR_TOKEN', 'EC2_OPERATOR_TOKEN_FILE'];
  if (names.some((name) => readVariable(call.environment, name) !== undefined)) await work(askServer(call));
  else await withStore(call.environment, work);
  return EXIT.ok;
}

function askServer(call: Call): Keeper {
  const server = openServer(call);
  return {
    create: async ({ expiresAt, ...rights }) => {
      const body = JSON.stringify({ ...rights, ...(expiresAt === undefined ? {} : { expiresAt: toTime(expiresAt) }) });
      return server.ask(newTokenAnswerSchema, { method: 'POST', path: 'api/v1/tokens', body });
    },
    list: async () => (await server.ask(tokensAnswerSchema, { path: 'api/v1/tokens' })).tokens,
    revoke: async (name, cancel) => {
      const path = `api/v1/tokens/${encodeURIComponent(name)}/revoke`;
      const query = cancel ? { cancel: 'true' } : {};
      return server.ask(revokedAnswerSchema, { method: 'POST', path, query });
    },
  };
}

/** @throws CommandError that says how to ask the server instead, if it runs and holds the database */
async function withStore(environment: Environment, work: (keeper: Keeper) => Promise<void>): Promise<void> {
  const config = readConfig(environment);
  const telling = tellingSettings(config);
  // A stop that is cancelled with its token may have been announced.
  const options = { noticesOf: (move: Move) => noticesOf(move, telling) };
  const store = await openStore(config.database_url, config.data_dir, options).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(
      EXIT.failed,
      `${why}. If the server holds it: set EC2_OPERATOR_URL, and EC2_OPERATOR_TOKEN to a token with the scope admin, so that this command asks the server`,
      { cause },
    );
  });
  try {
    await work(inStore(createStoredTokens(store, Date.now), config));
  } finally {
    await store.close();
  }
}

/** The name in the audit. No token can have it, because token names have no spaces. */
const COMMAND_LINE = { name: 'command line' } as const;

function inStore(stored: StoredTokens, config: Pick<Config, 'tokens' | 'grafana_hmac'>): Keeper {
  const isConfigured = (name: string): boolean => config.tokens.some((token) => token.name === name);
  return {
    create: async (rights) => {
      if (isConfigured(rights.name)) throw failure(`${rights.name} is a token of the configuration`);
      if (config.grafana_hmac !== undefined && rights.name === SIGNED_NAME) throw failure(SIGNED_NAME_TAKEN);
      const made = await stored.create(rights, COMMAND_LINE);
      if (made !== undefined) return { token: showToken(made.token, 'stored'), secret: made.secret };
      throw failure(`there is already a token ${rights.name}: revoke it, or choose another name`);
    },
    list: async () => (await stored.list()).map((token) => showToken(token, 'stored')),
    revoke: async (name, cancel) => {
      const revoked = await stored.revoke(name, COMMAND_LINE, cancel);
      if (revoked !== undefined) return showRevoked(name, revoked);
      if (isConfigured(name)) throw failure(`${name} is a token of the configuration: remove it there`);
      throw failure(`there is no valid token ${name}: ec2-operator token list shows all`);
    },
  };
}

function failure(message: string): CommandError {
  return new CommandError(EXIT.failed, message);
}
