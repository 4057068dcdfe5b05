/** `notices` lists what people were told; `notify` tries a channel. */
import { noticesAnswer, type NoticeView } from './answers.ts';
import { readNumber, wantsJson, type Call } from './call.ts';
import { EXIT, usageError } from './command-error.ts';
import type { Line, Style } from './screen.ts';
import { openServer } from './server.ts';
import { clockOf } from './show-view.ts';
import { layOut } from './table.ts';

const PATH = 'api/v1/notices';

/** @returns the exit code */
export async function showNotices(call: Call): Promise<number> {
  const { line, screen } = call;
  const query = {
    machine: line.operands[0],
    channel: line.values.get('channel'),
    kind: line.values.get('kind'),
    state: readState(line),
    operation: line.values.get('operation'),
    limit: String(readNumber(call, 'limit', [1, 1_000]) ?? 20),
    cursor: line.values.get('cursor'),
  };
  const json = wantsJson(call);
  const { notices } = await openServer(call).ask(noticesAnswer, { path: PATH, query });
  if (json) for (const notice of notices) screen.json(notice);
  else screen.write(notices.length === 0 ? [['no notices']] : noticesTable(notices, screen.columns()));
  return EXIT.ok;
}

function readState({ flags, values }: Call['line']): string | undefined {
  const state = values.get('state');
  if (!flags.has('failed')) return state;
  if (state !== undefined && state !== 'failed') throw usageError('expected one of --failed and --state, got both');
  return 'failed';
}

/** @returns the exit code: 1 unless every address was reached */
export async function tryChannel(call: Call): Promise<number> {
  const { line, screen } = call;
  const [action, channel] = line.operands;
  if (action !== 'test') throw usageError('expected "test CHANNEL" behind "notify"');
  const json = wantsJson(call);
  const body = JSON.stringify({ channel, recipient: line.values.get('to') });
  const { notices } = await openServer(call).ask(noticesAnswer, { method: 'POST', path: `${PATH}/test`, body });
  if (json) for (const notice of notices) screen.json(notice);
  else screen.write(notices.map(triedLine));
  return notices.every(({ state }) => state === 'sent') ? EXIT.ok : EXIT.failed;
}

function triedLine({ state, channel, recipient, error }: NoticeView): Line {
  const to = recipient === undefined ? channel : `${channel} (${recipient})`;
  const why = error === undefined ? '' : `: ${error}`;
  const next = state === 'pending' ? '; it is tried again' : '';
  return [{ text: state, style: STYLES[state] ?? 'quiet' }, `  ${to}${why}${next}`];
}

const STYLES: Readonly<Record<string, Style>> = { sent: 'good', failed: 'bad', pending: 'pending' };

export function noticesTable(notices: readonly NoticeView[], width?: number): readonly Line[] {
  const column = (heading: string, show: (notice: NoticeView) => string, room = {}) => ({
    heading,
    cells: notices.map((notice) => ({ text: show(notice) })),
    ...room,
  });
  return layOut(
    [
      column('AT', ({ sentAt, createdAt }) => clockOf(sentAt ?? createdAt)),
      column('CHANNEL', ({ channel, recipient }) => (recipient === undefined ? channel : `${channel} (${recipient})`), {
        least: 8,
      }),
      column('KIND', ({ kind }) => kind, { goes: 2 }),
      {
        heading: 'STATE',
        cells: notices.map(({ state }) => ({ text: state, style: STYLES[state] ?? 'quiet' })),
      },
      column('OPERATION', ({ operation = '' }) => operation.slice(-8), { goes: 1 }),
      column('MESSAGE', ({ title }) => title, { least: 20 }),
      column('WHY NOT', ({ state, error = '' }) => (state === 'sent' ? '' : error), { least: 12 }),
    ],
    width,
  );
}
