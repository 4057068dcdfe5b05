/** What Slack sends when people press buttons and write commands, signed by the app's secret. */
import { quote } from '../../domain/parsed.ts';
import type { Desk } from '../../notify/slack/desk.ts';
import type { SlackDoor } from '../../notify/slack/door.ts';
import { isCurrent, readSignature } from '../../notify/slack/signature.ts';
import { answerGuess } from '../auth/guesses.ts';
import { refuseCrossSite, unauthorized } from '../auth/sender.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import type { Input } from '../route.ts';

/** A message with all its blocks is part of what Slack sends. */
const MAX_BYTES = 256 * 1024;

export async function takeSlackPress(parts: HttpParts, input: Input): Promise<Response> {
  return take(parts, input, async (desk, form) => desk.press(parsePayload(form.get('payload') ?? '')));
}

export async function takeSlackCommand(parts: HttpParts, input: Input): Promise<Response> {
  return take(parts, input, async (desk, form) => desk.command(Object.fromEntries(form)));
}

/** Slack waits for three seconds, so it is answered first. The person gets her answer at an address of Slack's. */
async function take(
  parts: HttpParts,
  { request, remote }: Input,
  work: (desk: Desk, form: URLSearchParams) => Promise<void>,
): Promise<Response> {
  refuseCrossSite(request.headers);
  const { slack } = parts;
  if (slack === undefined) throw new ProblemError(404, 'no channel of Slack has a signing_secret_file');
  const { desk, bytes } = await admit(parts, slack, request).catch((error: unknown): never => {
    throw answerGuess(parts, error, remote, new URL(request.url).pathname) ?? error;
  });
  slack.track(work(desk, new URLSearchParams(new TextDecoder().decode(bytes))));
  return new Response(null, { status: 200 });
}

/** @throws ProblemError with 401 */
async function admit(
  { clock }: HttpParts,
  { deskOf }: SlackDoor,
  request: Request,
): Promise<{ readonly desk: Desk; readonly bytes: Uint8Array }> {
  const signature = readSignature(request.headers);
  if (signature === undefined)
    throw unauthorized('expected the headers X-Slack-Signature and X-Slack-Request-Timestamp', { isFailedLogin: true });
  if (!isCurrent(signature, clock()))
    throw unauthorized(
      `expected a current signature, got one made at ${quote(signature.time)}, and the time here is ${Math.floor(clock() / 1_000)}: check both clocks`,
      { isFailedLogin: true },
    );
  const bytes = await readBytes(request);
  const desk = deskOf(signature, bytes);
  if (desk !== undefined) return { desk, bytes };
  throw unauthorized(
    'expected a correct signature: check that signing_secret_file holds the signing secret of the app',
    {
      isFailedLogin: true,
    },
  );
}

/** The signature is over the bytes as they came. */
async function readBytes({ body }: Request): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(refuseBroken);
    if (done) return Buffer.concat(chunks);
    size += value.byteLength;
    if (size > MAX_BYTES) {
      void reader.cancel().catch(() => undefined);
      throw new ProblemError(413, `expected at most ${MAX_BYTES / 1024} KiB`, { headers: { connection: 'close' } });
    }
    chunks.push(value);
  }
}

function refuseBroken(): never {
  throw new ProblemError(400, 'the connection ended before the end of the body');
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
