/** `show`: one operation with its trail. */
import { readDuration, wantsJson, type Call } from './call.ts';
import { CommandError, EXIT } from './command-error.ts';
import { exitCodeOf, follow, readOperation } from './follow.ts';
import { noticesAnswer } from './answers.ts';
import { noticesTable } from './notices.ts';
import type { Line } from './screen.ts';
import { openServer, type Server } from './server.ts';
import { detailsOf, stepLine } from './show-view.ts';

/** @returns the exit code; with --wait, the operation's */
export async function showOne(call: Call): Promise<number> {
  const { line, screen, signal } = call;
  const [id = ''] = line.operands;
  const waits = line.values.has('wait');
  const until = Date.now() + readDuration(call, 'wait', '0s');
  const json = wantsJson(call);
  const server = openServer(call);
  const end = await follow(server, await readOperation(server, id), {
    until,
    signal,
    onStep: (step, operation) => {
      if (waits) screen.note(stepLine(step, operation));
    },
    onTrouble: (error) => screen.note([`${error.message}. Trying again`]),
  });
  if (json) screen.json(end);
  else screen.write([...detailsOf(end), ...(await noticeLines(server, end.id))]);
  return waits ? exitCodeOf(end) : EXIT.ok;
}

/** What people were told of it. A token that may not read everything, and an older server, show none. */
async function noticeLines(server: Server, operation: string): Promise<readonly Line[]> {
  try {
    const query = { operation, limit: '20' };
    const { notices } = await server.ask(noticesAnswer, { path: 'api/v1/notices', query });
    return notices.length === 0 ? [] : [[], [{ text: 'people were told', style: 'strong' }], ...noticesTable(notices)];
  } catch (error) {
    if (error instanceof CommandError) return [];
    throw error;
  }
}
