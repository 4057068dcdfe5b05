/**
 * No text takes a parser more time than in proportion to its length: what costs a sender a kilobyte must not cost the
 * operator a second. Two lengths are compared with each other, so that a slow machine is no failure.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import ipaddr from 'ipaddr.js';
import { newTokenSchema } from '../../src/http/token-schemas.ts';
import { duration, httpUrl, region } from '../../src/config/fields.ts';
import { moment } from '../../src/config/auth.ts';
import { parseAddress } from '../../src/domain/address.ts';
import { computeFingerprint, parseDelivery } from '../../src/domain/alert.ts';
import { parseDuration } from '../../src/domain/duration.ts';
import { intend } from '../../src/domain/intend.ts';
import { nextPath } from '../../src/domain/next-path.ts';
import { parseUser } from '../../src/domain/person.ts';
import { parseRequest } from '../../src/domain/intent.ts';
import { quote } from '../../src/domain/parsed.ts';
import { TOKEN_NAME } from '../../src/domain/scope.ts';
import { INSTANCE_ID, parseHostTarget, parseInstanceTarget, REGION } from '../../src/domain/target.ts';
import { parseTraceId } from '../../src/domain/trace.ts';
import { cliError } from '../../src/ec2/aws-cli-error.ts';
import { reportedError } from '../../src/ec2/reported-error.ts';
import { auditQuerySchema } from '../../src/http/audit-schemas.ts';
import { readCookie } from '../../src/http/auth/cookie.ts';
import { openSession } from '../../src/http/auth/session.ts';
import { refuseCrossSite } from '../../src/http/auth/origin.ts';
import { refuseUnasked, requireToken } from '../../src/http/auth/sender.ts';
import { createRemoteOf } from '../../src/http/auth/remote.ts';
import { parseQuery } from '../../src/http/query.ts';
import { operateQuerySchema, operationsQuerySchema } from '../../src/http/schemas.ts';
import { escapeControls, writeOut } from '../../src/observe/printable.ts';
import { alert } from '../support/alerts.ts';

const CONTEXT = { defaultClient: 'native', labels: {}, now: Date.now() } as const;
const LABELS = [
  'hostname',
  'instance',
  'instance_id',
  'action',
  'client',
  'dryrun',
  'region',
  'account',
  'ec2_region',
  'ec2_account',
  'ec2_client',
  'on_resolved',
];

/** Reads a text as each of these parameters. What they refuse they throw. */
function queryOf(schema: Parameters<typeof parseQuery>[0], names: readonly string[]): (text: string) => void {
  return (text) => {
    const refuse = (): boolean => false;
    for (const name of names) attempt(() => parseQuery(schema, new URLSearchParams([[name, text]]), refuse));
    attempt(() => parseQuery(schema, new URLSearchParams([[text, '1']]), refuse));
  };
}

/** Reads a text as this label of an alert. */
function intendBy(name: string): (text: string) => void {
  return (text) => {
    for (const route of ['hostname', 'instance'] as const) intend(alert({ [name]: text }), { ...CONTEXT, route });
  };
}

function attempt(parse: () => unknown): void {
  try {
    parse();
  } catch {
    // Refused: all that counts is how long it took.
  }
}

const PEER = '127.0.0.1';
const remoteOf = createRemoteOf([[ipaddr.parse(PEER), 32]]);

const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  parseAddress,
  parseHostTarget,
  parseInstanceTarget,
  parseDuration,
  parseTraceId,
  quote,
  escapeControls,
  writeOut,
  'the form of an instance id': (text) => INSTANCE_ID.test(text),
  'the form of a region': (text) => REGION.test(text),
  'the form of a token name': (text) => TOKEN_NAME.test(text),
  'a fingerprint': (text) => computeFingerprint({ [text]: text }),
  'a delivery': (text) => parseDelivery({ receiver: text, groupKey: text, truncatedAlerts: text, alerts: [] }),
  'an alert': (text) => {
    for (const key of ['status', 'startsAt', 'endsAt', 'fingerprint'])
      intend(alert({ hostname: 'gpu-1' }, { [key]: text }), { ...CONTEXT, route: 'hostname' });
  },
  ...Object.fromEntries(LABELS.map((name) => [`the label ${name} of an alert`, intendBy(name)])),
  'a request': (target) => {
    const rest = { client: target, dryrun: target, region: target, account: target };
    return parseRequest({ ...rest, target, targetSource: '', action: 'stop' }, { ...CONTEXT, route: 'hostname' });
  },
  'the parameters of a request': queryOf(operateQuerySchema, ['wait', 'action']),
  'the parameters of the list': queryOf(operationsQuerySchema, ['cursor', 'limit', 'target', 'state']),
  'the parameters of the audit': queryOf(auditQuerySchema, ['cursor', 'since', 'until', 'operation', 'who', 'limit']),
  'a new token': (text) =>
    newTokenSchema.safeParse({ name: text, expiresAt: text, scopes: [text], only: { [text]: text } }),
  'the setting of a duration': (text) => duration.safeParse(text),
  'the setting of a region': (text) => region.safeParse(text),
  'the setting of a URL': (text) => httpUrl.safeParse(`http://alertmanager/${text}`),
  'the setting of a time': (text) => moment.safeParse(text),
  'the Authorization header': (text) => {
    const authenticate = requireToken(
      async () => Promise.resolve(undefined),
      Date.now,
      async () => Promise.resolve(false),
    );
    for (const scheme of ['', 'Bearer ', 'Basic '])
      authenticate(asHeader('authorization', scheme + text)).catch(() => undefined);
  },
  'the cookie of a session': (text) => {
    const cookie = readCookie(asHeader('cookie', `__Host-ec2op_session=${text}`), 'secure');
    if (cookie !== undefined) openSession('key', cookie);
    openSession('key', `${text}.${text}`);
  },
  'the path after a login': (text) => nextPath(`/${text}`),
  'the name of a person': (text) => parseUser(text, 'the header'),
  'the headers of a browser': (text) => {
    for (const name of ['origin', 'referer', 'sec-fetch-site']) attempt(() => refuseCrossSite(asHeader(name, text)));
    attempt(() => refuseUnasked(asHeader('sec-purpose', text)));
  },
  'the headers of a proxy': (text) => {
    for (const name of ['x-forwarded-for', 'forwarded']) remoteOf(PEER, asHeader(name, text));
  },
  'what EC2 says of an error': (text) => reportedError('Code', text),
  'what the aws command says of an error': (text) => {
    cliError({ status: 255, stderr: text }, {});
    cliError({ status: 254, stderr: `An error occurred (X) when calling the Y operation: ${text}` }, {});
  },
};

function asHeader(name: string, text: string): Headers {
  return new Headers({ [name]: text.replaceAll(/[^\x20-\x7e]/g, '~') });
}

const PIECES = [
  'a', 'A', '1', '0', '.', ':', '::', '-', '_', ' ', '\t', '\n', '\r\n', '[', ']', '[]', ']:1', '(', '%', '/', '\\', '"', "'", ',', ';', '=', '@',
  'a.', '1.', '1-', 'a-', '-1-', 'ip-1-', 'i-', 'f', '0x', '1:', 'a:', '; ', ';for=', ';for="', 'for=;', ', ', '10.0.0.1,', '1s', '1.1',
  '\u0000', '\u00a0', '\u2028', '\ud800', '\u00e9', '\ud83d\ude42', 'An error occurred (', 'The config profile (', '\n Additional',
  ' Encoded', 'AKIA', 'prefetc', 'http://', 'user@', '2026-', 'T00:', '+00:00',
]; // prettier-ignore
const SHORT = 8_000;
/** So many times as long. */
const FACTOR = 4;
/** Twice as much as in proportion; in proportion to the square it would be four times. */
const MOST = 2 * FACTOR;
/** Below this, nobody is harmed, and clocks say little. */
const UNFELT_MS = 20;

/** Of the processor, in milliseconds, and the least of several: whatever else the machine does counts little. */
function timeOf(run: () => void, times = 2): number {
  return Math.min(
    ...Array.from({ length: times }, () => {
      const began = process.threadCpuUsage();
      run();
      const { user, system } = process.threadCpuUsage(began);
      return (user + system) / 1_000;
    }),
  );
}

/** What really grows too fast does so every time. */
const TRIES = 3;

function findGrowth(parse: (text: string) => unknown, textOf: (length: number) => string): string | undefined {
  let found: string | undefined;
  for (let tried = 0; tried < TRIES; tried += 1) {
    const long = timeOf(() => void parse(textOf(FACTOR * SHORT)), 10);
    const short = timeOf(() => void parse(textOf(SHORT)), 10);
    if (long < UNFELT_MS || long < MOST * short) return undefined;
    found = `${short} ms, then ${long} ms`;
  }
  return found;
}

for (const [name, parse] of Object.entries(PARSERS)) {
  test(`${name}: a text that is ${FACTOR} times as long takes no more than that`, () => {
    for (const piece of PIECES) {
      for (const end of ['', '!']) {
        const textOf = (length: number): string => piece.repeat(Math.ceil(length / piece.length)) + end;
        if (timeOf(() => void parse(textOf(FACTOR * SHORT))) < UNFELT_MS) continue;
        assert.equal(findGrowth(parse, textOf), undefined, `${JSON.stringify(piece)} over and over`);
      }
    }
  });
}
