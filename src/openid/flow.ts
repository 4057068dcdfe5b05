/** The flow: the browser keeps it while the person is at the provider. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';

export interface Flow {
  /** Comes back with the answer: this browser has asked for it. */
  readonly state: string;
  /** Comes back in the signed ID token. */
  readonly nonce: string;
  /** Only who began the login can exchange its code. */
  readonly verifier: string;
  /** The page that the person wanted. */
  readonly next: string;
  readonly expiresAt: number;
}

/** People look for their second factor. In milliseconds. */
export const FLOW_MS = 10 * 60_000;

const text = z.string().max(2_000);
const flowSchema = z.tuple([text, text, text, text, z.number()]);

/** @param key a secret that all replicas share */
export function sealFlow({ state, nonce, verifier, next, expiresAt }: Flow, key: string): string {
  const payload = Buffer.from(JSON.stringify([state, nonce, verifier, next, expiresAt])).toString('base64url');
  return `${payload}.${macOf(payload, key)}`;
}

/** @returns undefined for a text that is not of ours, or too old */
export function openFlow(sealed: string, key: string, now: number): Flow | undefined {
  const [payload = '', mac = '', ...rest] = sealed.split('.');
  if (rest.length > 0 || !isSame(mac, macOf(payload, key))) return undefined;
  const read = flowSchema.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
  // Another version may have written it.
  if (!read.success) return undefined;
  const [state, nonce, verifier, next, expiresAt] = read.data;
  return expiresAt <= now ? undefined : { state, nonce, verifier, next, expiresAt };
}

/** The purpose is part of what is signed: nothing else that the key signs is a flow. */
function macOf(payload: string, key: string): string {
  return createHmac('sha256', key).update(`openid-flow\n${payload}`).digest('base64url');
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
