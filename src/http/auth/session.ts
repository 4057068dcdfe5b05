/** What a session is, and how a browser carries it: signed, so that nobody else can make one or change it. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';

/** How a session began. What it allows is decided anew at each request. */
const loginSchema = z.discriminatedUnion('way', [
  /** A token was pasted. The mark is not the token's digest, from which a weak token could be found. */
  z.strictObject({ way: z.literal('token'), token: z.string(), mark: z.string() }),
  z.strictObject({ way: z.literal('oidc'), provider: z.string(), user: z.string(), groups: z.array(z.string()) }),
]);
export type SessionLogin = Readonly<z.output<typeof loginSchema>>;

const sessionSchema = z.strictObject({
  id: z.string(),
  login: loginSchema,
  /** Milliseconds since the epoch. */
  issuedAt: z.int(),
  expiresAt: z.int(),
});

export interface Session {
  readonly id: string;
  readonly login: SessionLogin;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export function sealSession(key: string, session: Session): string {
  const payload = Buffer.from(JSON.stringify(session)).toString('base64url');
  return `${payload}.${sign(key, payload).toString('base64url')}`;
}

/** Of SHA-256. */
const SIGNATURE_BYTES = 32;

/** @returns undefined for everything that `sealSession` has not made with this key */
export function openSession(key: string, text: string): Session | undefined {
  const [payload = '', signature = '', more] = text.split('.');
  const given = Buffer.from(signature, 'base64url');
  // A request can bring a thousand cookies of our name. Most need no signature of ours to be known as foreign.
  if (more !== undefined || given.length !== SIGNATURE_BYTES) return undefined;
  if (!timingSafeEqual(given, sign(key, payload))) return undefined;
  // Another version may have written it.
  try {
    return sessionSchema.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Names a token's text for the holder of the key alone. @param sha256 of the text */
export function markOf(key: string, sha256: string): string {
  return createHmac('sha256', key).update(`token ${sha256}`).digest('base64url');
}

function sign(key: string, payload: string): Buffer {
  return createHmac('sha256', key).update(`session ${payload}`).digest();
}
