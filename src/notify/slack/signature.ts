/** The signature that Slack puts on its requests, version 0: https://docs.slack.dev/authentication/verifying-requests-from-slack */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFilledFile } from '../../outgoing/token-file.ts';

export interface SlackSignature {
  /** As it was signed: seconds since the epoch. */
  readonly time: string;
  /** In hexadecimal digits. */
  readonly mac: string;
}

/** Slack's limit for a request on its way. It also bounds how far the clocks may be apart. */
const TOLERANCE_MS = 300_000;

/** @returns undefined without a signature of this form */
export function readSignature(headers: Headers): SlackSignature | undefined {
  const time = headers.get('x-slack-request-timestamp') ?? '';
  const [, mac] = /^v0=([\da-f]{64})$/i.exec(headers.get('x-slack-signature') ?? '') ?? [];
  return mac === undefined || !/^\d{1,12}$/.test(time) ? undefined : { time, mac };
}

/** Whether the signature is of this moment: an older one may be a copy. */
export function isCurrent({ time }: SlackSignature, now: number): boolean {
  return Math.abs(now - Number(time) * 1_000) <= TOLERANCE_MS;
}

/** Whether the secret has signed these bytes. @param secret undefined while there is none */
export function hasSigned(secret: string | undefined, { time, mac }: SlackSignature, bytes: Uint8Array): boolean {
  if (secret === undefined) return false;
  const expected = createHmac('sha256', secret).update(`v0:${time}:`).update(bytes).digest();
  return timingSafeEqual(expected, Buffer.from(mac, 'hex'));
}

/**
 * Gives the secret as it is now; undefined while the file cannot be read: nothing counts as signed then.
 *
 * @param onFault is told once, until the file could be read again: any stranger's request has it read
 */
export function createReadSecret(file: string, onFault: (error: unknown) => void): () => string | undefined {
  let isTold = false;
  return () => {
    try {
      const secret = readFilledFile(file);
      isTold = false;
      return secret;
    } catch (error) {
      if (!isTold) onFault(error);
      isTold = true;
      return undefined;
    }
  };
}
