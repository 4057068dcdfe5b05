/**
 * The token of a link: `kid.payload.mac`, each in base64url. The MAC is an HMAC-SHA256 of the rest, so whoever has no key can neither
 * make a token nor change one. It stands in the path of a URL, and is as secret as the mail or message that it was sent in.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { LINK_PURPOSES } from '../domain/link-purpose.ts';
import type { LinkAbout } from '../domain/message.ts';
import type { LinkKey } from '../store/notice-port.ts';

/** The claims of a link. */
export interface SignedAbout extends LinkAbout {
  /** The channel whose messages carry it: further news about the same go there. */
  readonly channel?: string;
}

const text = z.exactOptional(z.string());

/** Short keys keep links short. The machine's name is not among them: EC2 and the store know it. */
const payloadSchema = z.object({
  p: z.enum(LINK_PURPOSES),
  i: z.string(),
  r: text,
  a: text,
  o: text,
  s: z.string(),
  c: text,
  w: text,
  /** Seconds since the epoch. */
  e: z.int(),
});

/** Longer than any token of ours. */
const MAX_TOKEN = 4_096;
const FORM = /^([\w-]{1,32})\.([\w-]+)\.([\w-]{43})$/;

export function signToken(
  { purpose, instance, operation, subject, channel, recipient, expiresAt }: SignedAbout,
  key: LinkKey,
): string {
  const payload: z.input<typeof payloadSchema> = {
    p: purpose,
    i: instance.id,
    ...(instance.region === undefined ? {} : { r: instance.region }),
    ...(instance.account === undefined ? {} : { a: instance.account }),
    ...(operation === undefined ? {} : { o: operation }),
    s: subject,
    ...(channel === undefined ? {} : { c: channel }),
    ...(recipient === undefined ? {} : { w: recipient }),
    e: Math.ceil(expiresAt / 1_000),
  };
  const signed = `${key.kid}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`;
  return `${signed}.${macOf(key, signed)}`;
}

/** The parts of a token, none of which is to be believed yet. */
export interface GivenToken {
  readonly kid: string;
  readonly signed: string;
  readonly mac: string;
}

export function splitToken(token: string): GivenToken | undefined {
  const [, kid, payload, mac] = (token.length > MAX_TOKEN ? null : FORM.exec(token)) ?? [];
  if (kid === undefined || payload === undefined || mac === undefined) return undefined;
  return { kid, signed: `${kid}.${payload}`, mac };
}

/** @returns undefined where the key has not signed it */
export function readToken({ signed, mac }: GivenToken, key: LinkKey): SignedAbout | undefined {
  if (!isMac(mac, macOf(key, signed))) return undefined;
  const [, payload = ''] = signed.split('.');
  // Another version may have signed other claims with the same key.
  const claims = payloadSchema.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
  if (!claims.success) return undefined;
  const { p, i, r, a, o, s, c, w, e } = claims.data;
  const place = { ...(r === undefined ? {} : { region: r }), ...(a === undefined ? {} : { account: a }) };
  return {
    purpose: p,
    instance: { id: i, ...place },
    ...(o === undefined ? {} : { operation: o }),
    subject: s,
    ...(c === undefined ? {} : { channel: c }),
    ...(w === undefined ? {} : { recipient: w }),
    expiresAt: e * 1_000,
  };
}

/** A person reads a page before pressing its button. Programs that follow links do not. In milliseconds. */
export const YOUNGEST_MS = 2_000;

/** A page that was open for longer tells old things. */
const OLDEST_MS = 24 * 60 * 60_000;

/** Proves that the form of a page is used, and when the page was made. Nothing is kept of it. */
export function signNonce(token: string, key: LinkKey, now: number): string {
  const at = now.toString(36);
  return `${at}.${macOf(key, nonceOf(token, at))}`;
}

export type ReadNonce =
  | { readonly nonce: 'good'; readonly madeAt: number }
  | { readonly nonce: 'young' | 'old' | 'wrong' };

export function readNonce(nonce: string, token: string, key: LinkKey, now: number): ReadNonce {
  const [, at = '', mac = ''] = /^([0-9a-z]{1,11})\.([\w-]{43})$/.exec(nonce) ?? [];
  if (!isMac(mac, macOf(key, nonceOf(token, at)))) return { nonce: 'wrong' };
  const madeAt = Number.parseInt(at, 36);
  if (now - madeAt < YOUNGEST_MS) return { nonce: 'young' };
  return now - madeAt > OLDEST_MS ? { nonce: 'old' } : { nonce: 'good', madeAt };
}

/** No token begins like this, so no MAC of a token is one of a nonce. */
function nonceOf(token: string, at: string): string {
  return `nonce ${at} ${token}`;
}

function macOf({ secret }: LinkKey, signed: string): string {
  return createHmac('sha256', Buffer.from(secret, 'base64url')).update(signed).digest('base64url');
}

function isMac(given: string, right: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
