/** `digest` shows what the weekly digest would say now. */
import type * as z from 'zod';
import { digestAnswer } from './answers.ts';
import { wantsJson, type Call } from './call.ts';
import { EXIT } from './command-error.ts';
import type { Line } from './screen.ts';
import { openServer } from './server.ts';
import { clockOf } from './show-view.ts';

type Digest = z.output<typeof digestAnswer>['digests'][number];

/** @returns the exit code */
export async function showDigest(call: Call): Promise<number> {
  const json = wantsJson(call);
  const answer = await openServer(call).ask(digestAnswer, { path: 'api/v1/digest' });
  const { digests, nextAt } = answer;
  if (json) {
    call.screen.json(answer);
    return EXIT.ok;
  }
  const next =
    nextAt === undefined
      ? 'Nobody gets it: name channels in "digest: { channels: [ops] }". docs/channels.md says more.'
      : `Nothing was sent. The next digest goes out at ${clockOf(nextAt)}.`;
  call.screen.write([...digests.flatMap(linesOf), [next]]);
  return EXIT.ok;
}

function linesOf({ channel, recipient, title, message, facts }: Digest): readonly Line[] {
  const to = channel === undefined ? [] : [[`to ${channel}${recipient === undefined ? '' : ` (${recipient})`}`]];
  return [
    ...to,
    [{ text: title, style: 'strong' }],
    [message],
    ...facts.map(({ name, value }): Line => [`  ${name}: ${value}`]),
    [''],
  ];
}
