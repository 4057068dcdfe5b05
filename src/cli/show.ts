/** `show`: one operation with its trail. */
import { operationAnswer } from './answers.ts';
import { readDuration, wantsJson, type Call } from './call.ts';
import { EXIT, interruptedCode } from './command-error.ts';
import { exitCodeOf, follow } from './follow.ts';
import { openServer } from './server.ts';
import { detailsOf, stepLine } from './show-view.ts';

/** @returns the exit code; with --wait, that of the operation */
export async function showOne(call: Call): Promise<number> {
  const { line, screen, signal } = call;
  const [id = ''] = line.operands;
  const waits = line.values.has('wait');
  const until = Date.now() + readDuration(call, 'wait', '0s');
  const json = wantsJson(call);
  const server = openServer(call.environment, signal);
  try {
    const path = `api/v1/operations/${encodeURIComponent(id)}`;
    const { operation } = await server.ask(operationAnswer, { path });
    const end = await follow(server, operation, {
      until,
      signal,
      onStep: (step, at) => {
        if (waits) screen.note(stepLine(step, step === at.trail?.at(-1) ? at.until : undefined));
      },
      onTrouble: (error) => {
        screen.note([`${error.message}. Trying again`]);
      },
    });
    if (json) screen.json(end);
    else screen.write(detailsOf(end));
    return waits ? exitCodeOf(end) : EXIT.ok;
  } catch (error) {
    if (signal.aborted) return interruptedCode(signal);
    throw error;
  }
}
