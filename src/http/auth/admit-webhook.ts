/** How a webhook comes in: with a token, or with a signature. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HmacSetting } from '../../config/auth.ts';
import { quote } from '../../domain/parsed.ts';
import { SIGNED_NAME } from '../../domain/scope.ts';
import { unauthorized, type Authenticate, type Sender } from './sender.ts';
import type { ReadJson } from '../body.ts';
import type { Signature } from '../../store/port.ts';
import { ProblemError } from '../problem.ts';

/**
 * Names the sender and reads the body.
 *
 * @param remote the address of the other side: all that is known of a signed webhook before its body has come
 * @param admit is called with the sender as soon as it is known, before anything of the body is parsed; what it throws is
 *   the answer
 * @throws ProblemError, as `Authenticate` and `ReadJson` do
 */
export type AdmitWebhook = (request: Request, remote: string, admit: (sender: Sender) => void) => Promise<Admitted>;

export interface Admitted {
  readonly sender: Sender;
  readonly body: unknown;
  /** Of a signed webhook: whoever sends it again is to achieve nothing. */
  readonly signature?: Signature;
}

/** Checks the bytes of a body. @throws ProblemError with 401 */
type CheckBytes = (bytes: Uint8Array) => void;

interface Expected {
  readonly check: CheckBytes;
  readonly signature: Signature;
}

/** Grafana's signature, as it is set up here. */
export interface Signing {
  readonly setting: HmacSetting;
  /** The secret that holds at the moment; undefined when its file is gone. */
  readonly secret: () => string | undefined;
}

/** A webhook that carries a signature is judged by it alone: nobody gets in by a token with a signature that is wrong. */
export function createAdmitWebhook(
  authenticate: Authenticate,
  readJson: ReadJson,
  signing: Signing | undefined,
  clock: () => number,
): AdmitWebhook {
  return async (request, remote, admit) => {
    if (signing === undefined || !request.headers.has(signing.setting.header)) {
      const sender = await authenticate(request.headers);
      admit(sender);
      return { sender, body: await readJson(request, sender.name) };
    }
    const { check, signature } = expectSignature(request.headers, signing, clock());
    const { scopes, only } = signing.setting;
    const sender = { name: SIGNED_NAME, scopes, ...(only === undefined ? {} : { only }) };
    const body = await readJson(request, remote, (bytes) => {
      check(bytes);
      admit(sender);
    });
    return { sender, body, signature };
  };
}

/**
 * HMAC-SHA256 in hexadecimal digits, over the body or over the time, a colon and the body (grafana/alerting, http/hmac.go).
 * The time is looked at before the body is read.
 *
 * A signed webhook that comes again within the tolerance achieves nothing: its signature is kept for that long, in the
 * transaction that records it, so that one whose first try has failed is no copy. Without a signed time it can be sent again
 * after that: reason enough to have Grafana sign the time.
 */
function expectSignature(headers: Headers, { setting, secret }: Signing, now: number): Expected {
  const given = headers.get(setting.header) ?? '';
  if (!/^[\da-f]{64}$/i.test(given))
    throw unauthorized(`expected ${setting.header} to be 64 hexadecimal digits`, { isFailedLogin: true });
  const time = setting.timestamp_header === undefined ? undefined : readTime(headers, setting.timestamp_header);
  if (time !== undefined && Math.abs(now - Number(time) * 1_000) > setting.tolerance)
    throw unauthorized(
      `expected a signature of this moment, got one of ${quote(time)}, and it is ${Math.floor(now / 1_000)} here: check both clocks`,
    );
  const key = secret();
  if (key === undefined) throw new ProblemError({ status: 401, detail: 'signatures are not accepted at the moment' });
  const check: CheckBytes = (bytes) => {
    const hmac = createHmac('sha256', key);
    if (time !== undefined) hmac.update(`${time}:`);
    if (timingSafeEqual(hmac.update(bytes).digest(), Buffer.from(given, 'hex'))) return;
    throw unauthorized(
      `expected another signature in ${setting.header}: check that the secret is the same on both sides`,
      {
        isFailedLogin: true,
      },
    );
  };
  // Twice the tolerance after a signed time: another replica's clock may be behind.
  const lastsUntil = time === undefined ? now : Number(time) * 1_000 + setting.tolerance;
  return { check, signature: { digest: given.toLowerCase(), expiresAt: lastsUntil + setting.tolerance } };
}

/** Seconds since the epoch, as they were signed. */
function readTime(headers: Headers, name: string): string {
  const text = headers.get(name) ?? '';
  if (/^\d{1,12}$/.test(text)) return text;
  throw unauthorized(`expected ${name} to be seconds since 1970, got ${quote(text)}: set the same header in Grafana`);
}
