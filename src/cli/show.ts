/** `show`: one operation with its trail. */
import { readDuration, wantsJson, type Call } from './call.ts';
import { EXIT } from './command-error.ts';
import { exitCodeOf, follow, readOperation } from './follow.ts';
import { openServer } from './server.ts';
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
  else screen.write(detailsOf(end));
  return waits ? exitCodeOf(end) : EXIT.ok;
}
