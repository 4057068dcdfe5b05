/** How much is thrown at the operator: a part of every run of the tests, or with `FUZZ=long` a million requests. */

export const LONG = process.env['FUZZ'] === 'long';

/** Requests that carry webhook bodies. */
export const WEBHOOKS = LONG ? 500_000 : 3_000;

/** Requests of every other kind. */
export const OTHERS = LONG ? 500_000 : 3_000;

/** Connections that bytes are written to. */
export const CONNECTIONS = LONG ? 20_000 : 300;

/** What is sent at the same time. */
export const AT_ONCE = 25;

/** So many requests go in before EC2's calls are looked at. */
export const ROUND = 500;

/** `FUZZ_MINUTES` ends each test early, with what was sent by then. */
export const LIMIT_MS = readMinutes() * 60_000;

function readMinutes(): number {
  const text = process.env['FUZZ_MINUTES'] ?? '';
  if (text === '') return Infinity;
  if (!/^\d{1,4}(?:\.\d)?$/.test(text)) throw new Error(`expected FUZZ_MINUTES to be a number, got ${text}`);
  return Number(text);
}
