/** Settings of tokens, signatures, proxies and TLS. */
import ipaddr from 'ipaddr.js';
import * as z from 'zod';
import { quote } from '../domain/parsed.ts';
import { contradictionIn, SCOPES, SIGNED_NAME, SIGNED_NAME_TAKEN, TOKEN_NAME } from '../domain/scope.ts';
import { durationOf, filePath, selector } from './fields.ts';

/** An address and how many of its bits count. */
export type Network = readonly [address: ipaddr.IPv4 | ipaddr.IPv6, bits: number];

export const network = z.string().transform((text, context): Network => {
  if (ipaddr.isValidCIDR(text)) return unmapped(ipaddr.parseCIDR(text));
  // Short forms such as 10.1 are refused.
  if (ipaddr.IPv6.isValid(text) || ipaddr.IPv4.isValidFourPartDecimal(text)) {
    const address = ipaddr.process(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  }
  context.addIssue(`expected a network such as 10.0.0.0/8 or an address, got ${quote(text)}`);
  return z.NEVER;
});

/** A socket may show an IPv4 address as IPv6; addresses are compared as IPv4. */
function unmapped([address, bits]: Network): Network {
  if (!(address instanceof ipaddr.IPv6) || bits < 96 || !address.isIPv4MappedAddress()) return [address, bits];
  return [address.toIPv4Address(), bits - 96];
}

export const scopes = z.array(z.enum(SCOPES)).min(1);

export const headerName = z.string().regex(/^[\w-]{1,64}$/, 'expected the name of a header');

/** Milliseconds since the epoch. A date without a time means its first moment in UTC. */
export const moment = z.string().transform((text, context): number => {
  if (isoDate.safeParse(text).success) return Date.parse(text);
  context.addIssue(`expected a date such as 2027-01-31, or 2027-01-31T12:00:00Z, got ${quote(text)}`);
  return z.NEVER;
});

const isoDate = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

/** The rights of a token, in the file and in the API. */
export const tokenRights = {
  name: z
    .string()
    .regex(TOKEN_NAME, 'expected letters, digits, dots, dashes, underscores and @')
    .describe('The name of the holder in records and logs.'),
  scopes: scopes.describe(
    'Its scopes: `read`, `hold`, `start`, `stop`, or `admin`, which includes these and manages tokens. `start` and `stop` include `hold`.',
  ),
  only: z.exactOptional(selector).describe('The tags of the only machines that it may act on, such as `{team: ml}`.'),
} as const;

const token = z
  .strictObject({
    ...tokenRights,
    sha256: z
      .string()
      .regex(/^[\da-f]{64}$/, 'expected 64 hexadecimal digits in lower case: printf %s "$TOKEN" | sha256sum')
      .optional()
      .describe('The SHA-256 of the token, in hexadecimal digits. Either this or `file`.'),
    file: filePath
      .optional()
      .describe('A file that holds the token; it is read again when it changes. Either this or `sha256`.'),
    expires: moment.optional().describe('When it stops being valid: `2027-01-31`, or with a time.'),
  })
  .superRefine((given, context) => {
    if ((given.sha256 === undefined) === (given.file === undefined)) context.addIssue('expected either sha256 or file');
    const contradiction = contradictionIn(given);
    if (contradiction !== undefined) context.addIssue(contradiction);
  });
export type TokenSetting = z.output<typeof token>;

const grafanaHmac = z
  .strictObject({
    secret: z.string().min(16).optional().describe('The secret that Grafana signs with.'),
    secret_file: filePath.optional().describe('A file that holds the secret; it is read again when it changes.'),
    header: headerName.default('X-Grafana-Alerting-Signature').describe('The header with the signature.'),
    timestamp_header: headerName
      .optional()
      .describe('The header with the time of the signature, if Grafana signs the time: X-Grafana-Alerting-Timestamp.'),
    tolerance: durationOf('1s', '1d')
      .prefault('5m')
      .describe('How far the time of a signature may differ from the clock here.'),
    scopes: scopes.default(['stop']).describe('The scopes of a signed webhook.'),
    only: tokenRights.only,
  })
  .refine((given) => (given.secret === undefined) !== (given.secret_file === undefined), {
    error: 'expected either secret or secret_file',
  })
  .refine((given) => given.timestamp_header?.toLowerCase() !== given.header.toLowerCase(), {
    path: ['timestamp_header'],
    error: 'expected a header other than that of the signature',
  });
export type HmacSetting = z.output<typeof grafanaHmac>;

export const authSettings = {
  auth_token_file: filePath.optional().meta({
    env: 'AUTH_TOKEN_FILE',
    description: 'A file with the token that opens every route; it is read again when it changes.',
  }),
  tokens: z.array(token).default([]).describe('Further tokens, each with its own rights.'),
  grafana_hmac: grafanaHmac.optional().describe("Grafana's HMAC signature: a correctly signed webhook needs no token."),
  trusted_proxies: z
    .array(network)
    .default([])
    .describe('Proxies whose `X-Forwarded-For` or `Forwarded` is believed, as networks or addresses.'),
  tls_cert: filePath.optional().meta({
    env: 'TLS_CERT',
    description:
      'A PEM file with the certificate and its chain: the port then speaks TLS only. Read again when it changes.',
  }),
  tls_key: filePath.optional().meta({ env: 'TLS_KEY', description: 'The PEM file with its private key.' }),
  tls_client_ca: filePath.optional().meta({
    env: 'TLS_CLIENT_CA',
    description: 'A PEM file with authorities: every client must show a certificate of one of them.',
  }),
} as const;

interface Auth {
  readonly auth_token?: string | undefined;
  readonly auth_token_file?: string | undefined;
  readonly tokens: readonly TokenSetting[];
  readonly grafana_hmac?: HmacSetting | undefined;
  readonly tls_cert?: string | undefined;
  readonly tls_key?: string | undefined;
  readonly tls_client_ca?: string | undefined;
}

/** Contradictions between settings. */
export function checkAuth(auth: Auth, context: z.core.$RefinementCtx): void {
  const complain = (path: PropertyKey[], message: string): void => {
    context.addIssue({ code: 'custom', path, message });
  };
  if (auth.auth_token !== undefined && auth.auth_token_file !== undefined)
    complain(['auth_token_file'], 'expected either auth_token_file or auth_token');
  if (auth.tls_cert !== undefined && auth.tls_key === undefined)
    complain(['tls_key'], 'expected the private key that belongs to tls_cert');
  if (auth.tls_key !== undefined && auth.tls_cert === undefined)
    complain(['tls_cert'], 'expected the certificate that belongs to tls_key');
  if (auth.tls_client_ca !== undefined && auth.tls_cert === undefined)
    complain(['tls_client_ca'], 'expected tls_cert and tls_key with it: client certificates need TLS');
  if (auth.grafana_hmac !== undefined)
    for (const [index, { name }] of auth.tokens.entries())
      if (name === SIGNED_NAME) complain(['tokens', index, 'name'], SIGNED_NAME_TAKEN);
  for (const key of ['name', 'sha256'] as const) {
    const seen = new Set<string>();
    for (const [index, given] of auth.tokens.entries()) {
      const value = given[key];
      if (value !== undefined && seen.has(value))
        complain(['tokens', index, key], 'expected a value that no earlier token has');
      if (value !== undefined) seen.add(value);
    }
  }
}
