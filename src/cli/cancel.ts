/** `cancel`: cancels operations whose calls were not sent to EC2 yet. */
import { operationAnswer } from './answers.ts';
import { wantsJson, type Call } from './call.ts';
import { CommandError, EXIT, worstOf } from './command-error.ts';
import { openServer } from './server.ts';
import { summaryOf } from './show-view.ts';

/** @returns the worst exit code */
export async function cancelOperations(call: Call): Promise<number> {
  const { line, screen } = call;
  const json = wantsJson(call);
  const server = openServer(call);
  const codes: number[] = [];
  for (const id of line.operands) {
    try {
      const path = `api/v1/operations/${encodeURIComponent(id)}/cancel`;
      const { operation } = await server.ask(operationAnswer, { method: 'POST', path });
      if (json) screen.json(operation);
      else screen.write([summaryOf(operation)]);
      codes.push(EXIT.ok);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      screen.note([`ec2-operator: ${error.message}`]);
      codes.push(error.exitCode);
      if (error.exitCode === EXIT.unreachable) break;
    }
  }
  return worstOf(codes);
}
