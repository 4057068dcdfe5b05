/** Authenticates webhooks, by a token or by a signature. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HmacSetting } from '../../config/auth.ts';
import { quote } from '../../domain/parsed.ts';
import { SIGNED_NAME } from '../../domain/scope.ts';
import { grantOf, unauthorized, type AuthenticateToken, type Sender } from './sender.ts';
import type { ReadJson } from '../body.ts';
import type { Signature } from '../../store/port.ts';
import { ProblemError } from '../problem.ts';

/**
 * Identifies the sender and reads the body.
 *
 * @param remote the sender's address, which identifies a signed webhook until its body is read
 * @param admit is called with the sender before the body is parsed; what it throws is the answer
 * @throws ProblemError, as `AuthenticateToken` and `ReadJson` do
 */
export type AdmitWebhook = (request: Request, remote: string, admit: (sender: Sender) => void) => Promise<Admitted>;

export interface Admitted {
  readonly sender: Sender;
  readonly body: unknown;
  /** Of a signed webhook: a copy of the webhook is refused. */
  readonly signature?: Signature;
}

/** The configuration of Grafana's signature. */
export interface Signing {
  readonly setting: HmacSetting;
  /** The secret at this moment; undefined when its file is missing. */
  readonly secret: () => string | undefined;
}

/** Where a webhook carries a signature, only the signature counts: a token does not make up for a wrong one. */
export function createAdmitWebhook(
  authenticate: AuthenticateToken,
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
    const sender: Sender = { name: SIGNED_NAME, grants: [grantOf(signing.setting)], isSigned: true };
    const body = await readJson(request, remote, (bytes) => {
      check(bytes);
      admit(sender);
    });
    return { sender, body, signature };
  };
}

/**
 * HMAC-SHA256 in hexadecimal digits, over the body or over the time, a colon and the body (grafana/alerting, http/hmac.go).
 * The time is checked before the body is read.
 *
 * A copy within the tolerance is refused: the signature is kept for that long, in the transaction that records the delivery, so
 * that a retry after a failed transaction is not a copy. Without a signed time, a copy is accepted after the tolerance.
 */
function expectSignature(headers: Headers, { setting, secret }: Signing, now: number) {
  const given = headers.get(setting.header) ?? '';
  if (!/^[\da-f]{64}$/i.test(given))
    throw unauthorized(`expected ${setting.header} to be 64 hexadecimal digits`, { isFailedLogin: true });
  const time = setting.timestamp_header === undefined ? undefined : readTime(headers, setting.timestamp_header);
  if (time !== undefined && Math.abs(now - Number(time) * 1_000) > setting.tolerance)
    throw unauthorized(
      `expected a current signature, got one made at ${quote(time)}, and the time here is ${Math.floor(now / 1_000)}: check both clocks`,
    );
  const key = secret();
  if (key === undefined) throw new ProblemError(401, 'signatures are not accepted at the moment');
  const check = (bytes: Uint8Array): void => {
    const hmac = createHmac('sha256', key);
    if (time !== undefined) hmac.update(`${time}:`);
    if (timingSafeEqual(hmac.update(bytes).digest(), Buffer.from(given, 'hex'))) return;
    throw unauthorized(
      `expected a correct signature in ${setting.header}: check that the secret is the same on both sides`,
      {
        isFailedLogin: true,
      },
    );
  };
  // Twice the tolerance after a signed time, because another replica's clock may be behind.
  const lastsUntil = time === undefined ? now : Number(time) * 1_000 + setting.tolerance;
  const signature: Signature = { digest: given.toLowerCase(), expiresAt: lastsUntil + setting.tolerance };
  return { check, signature };
}

/** Seconds since the epoch, in the form in which they were signed. */
function readTime(headers: Headers, name: string): string {
  const text = headers.get(name) ?? '';
  if (/^\d{1,12}$/.test(text)) return text;
  throw unauthorized(`expected ${name} to be seconds since 1970, got ${quote(text)}: set the same header in Grafana`);
}
