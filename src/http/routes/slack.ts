/** What Slack sends when people press buttons and write commands, signed by the app's secret. */
import { quote } from '../../domain/parsed.ts';
import type { Desk } from '../../notify/slack/desk.ts';
import type { SlackDoor } from '../../notify/slack/door.ts';
import { isCurrent, readSignature } from '../../notify/slack/signature.ts';
import { answerGuess } from '../auth/guesses.ts';
import { refuseCrossSite } from '../auth/origin.ts';
import { unauthorized } from '../auth/sender.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { readBytes } from '../read-bytes.ts';
import type { Input } from '../route.ts';

/** A message with all its blocks is part of what Slack sends: 13,500 characters of ours, each of up to nine bytes in a form. */
const MAX_BYTES = 192 * 1024;

type Parts = Pick<HttpParts, 'slack' | 'enterAsStranger' | 'clock' | 'logins' | 'warnSparingly'> & {
  readonly observer: Pick<HttpParts['observer'], 'loginFailed'>;
};

type Asked = Pick<Input, 'request' | 'remote'>;

export async function takeSlackPress(parts: Parts, input: Asked): Promise<Response> {
  return take(parts, input, async (desk, form) => desk.press(parsePayload(form.get('payload') ?? '')));
}

export async function takeSlackCommand(parts: Parts, input: Asked): Promise<Response> {
  return take(parts, input, async (desk, form) => desk.command(Object.fromEntries(form)));
}

/** Slack waits for three seconds, so it is answered first. The person gets her answer at an address of Slack's. */
async function take(
  parts: Parts,
  { request, remote }: Asked,
  work: (desk: Desk, form: URLSearchParams) => Promise<void>,
): Promise<Response> {
  refuseCrossSite(request.headers);
  const { slack } = parts;
  if (slack === undefined) throw new ProblemError(404, 'no channel of Slack has a signing_secret_file');
  const { desk, bytes } = await admit(parts, slack, { request, remote }).catch((error: unknown): never => {
    throw answerGuess(parts, error, remote, new URL(request.url).pathname) ?? error;
  });
  slack.track(work(desk, new URLSearchParams(new TextDecoder().decode(bytes))));
  return new Response(null, { status: 200 });
}

/** @throws ProblemError with 401 */
async function admit(
  { clock, enterAsStranger }: Parts,
  { deskOf }: SlackDoor,
  { request, remote }: Asked,
): Promise<{ readonly desk: Desk; readonly bytes: Uint8Array }> {
  const signature = readSignature(request.headers);
  if (signature === undefined)
    throw unauthorized('expected the headers X-Slack-Signature and X-Slack-Request-Timestamp', { isFailedLogin: true });
  if (!isCurrent(signature, clock()))
    throw unauthorized(
      `expected a current signature, got one made at ${quote(signature.time)}, and the time here is ${Math.floor(clock() / 1_000)}: check both clocks`,
      { isFailedLogin: true },
    );
  // The signature is over the bytes as they came.
  const bytes = await readBytes(request, {
    sender: remote,
    enter: enterAsStranger,
    mostBytes: MAX_BYTES,
    tooLarge: `expected at most ${MAX_BYTES / 1024} KiB`,
  });
  const desk = deskOf(signature, bytes);
  if (desk !== undefined) return { desk, bytes };
  throw unauthorized(
    'expected a correct signature: check that signing_secret_file holds the signing secret of the app',
    {
      isFailedLogin: true,
    },
  );
}

/** @returns undefined for what is no JSON: the desk ignores it */
function parsePayload(text: string): unknown {
  try {
    const payload: unknown = JSON.parse(text);
    return payload;
  } catch {
    return undefined;
  }
}
