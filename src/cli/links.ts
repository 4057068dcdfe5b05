/** `links`: changes the key that signs links. */
import { rotatedAnswer } from './answers.ts';
import { wantsJson, type Call } from './call.ts';
import { usageError } from './command-error.ts';
import { openServer } from './server.ts';

/** @returns the exit code */
export async function manageLinks(call: Call): Promise<number> {
  const { line, screen } = call;
  const [action = ''] = line.operands;
  if (action !== 'rotate') throw usageError('expected "rotate" behind "links"');
  const revokes = line.flags.has('revoke');
  const server = openServer(call);
  const path = `api/v1/links/rotate${revokes ? '?revoke=true' : ''}`;
  const answer = await server.ask(rotatedAnswer, { method: 'POST', path });
  if (wantsJson(call)) screen.json(answer);
  else
    screen.write([
      [`the key ${answer.key.kid} signs links from now on`],
      [
        revokes
          ? 'links that were sent before do not work any more: people need newer messages'
          : 'links that were sent before work until they expire',
      ],
    ]);
  return 0;
}
