/** Settings of a proxy that logs people in. */
import * as z from 'zod';
import { headerName, network, type Network } from './auth.ts';
import { filePath } from './fields.ts';

/** The headers in which the usual proxies name the person. */
const PRESETS = {
  /** In front of the server, as a reverse proxy. */
  'oauth2-proxy': { user: 'X-Forwarded-Email', groups: 'X-Forwarded-Groups' },
  /** Beside nginx, which asks it (`auth_request`), with `--set-xauthrequest`. */
  'auth-request': { user: 'X-Auth-Request-Email', groups: 'X-Auth-Request-Groups' },
  /** Authelia, tinyauth, Caddy's `forward_auth`. */
  'remote-user': { user: 'Remote-User', groups: 'Remote-Groups' },
} as const;
type Preset = keyof typeof PRESETS;
const PRESET_NAMES = Object.keys(PRESETS).filter((name): name is Preset => Object.hasOwn(PRESETS, name));

/** A header of the login by a proxy; the others carry what senders and browsers say themselves. */
const ownHeader = headerName
  .refine(
    (name) => !name.includes('_'),
    'expected a name without underscores: proxies and servers read them differently',
  )
  .refine(
    (name) => !/^(?:authorization|cookie|host|origin|referer|x-forwarded-for|forwarded|sec-.*)$/i.test(name),
    'expected a header that has no other meaning',
  );

const pattern = z
  .string()
  .max(1_000)
  .transform((text, context): RegExp => {
    try {
      return new RegExp(`^(?:${text})$`, 'u');
    } catch {
      context.addIssue('expected a regular expression such as .+@example\\.org');
      return z.NEVER;
    }
  });

export const forwardedSettings = z
  .strictObject({
    trusted: z
      .array(network)
      .min(1)
      .exactOptional()
      .describe(
        'The addresses of the proxy, as networks or addresses. The other end of the connection counts, and never a header such as X-Forwarded-For.',
      ),
    secret_header: z.exactOptional(ownHeader).describe('A header in which the proxy shows a secret.'),
    secret_file: z.exactOptional(filePath).describe('A file that holds the secret; it is read again when it changes.'),
    preset: z
      .enum(PRESET_NAMES)
      .exactOptional()
      .describe(
        'The headers that name the person: `oauth2-proxy` (X-Forwarded-Email, X-Forwarded-Groups), `auth-request` (X-Auth-Request-Email, X-Auth-Request-Groups) or `remote-user` (Remote-User, Remote-Groups).',
      ),
    user_header: z
      .exactOptional(ownHeader)
      .describe('The header with the name of the user, in place of that of the preset.'),
    groups_header: z
      .exactOptional(ownHeader)
      .describe('The header with her groups, separated by commas, in place of that of the preset.'),
    user_pattern: z
      .exactOptional(pattern)
      .describe(
        'A regular expression that matches every user name as a whole, such as `.+@example\\.org`. Others are refused.',
      ),
  })
  .transform((given, context): ForwardedSetting => {
    const preset = given.preset === undefined ? undefined : PRESETS[given.preset];
    const user = given.user_header ?? preset?.user;
    const groups = given.groups_header ?? preset?.groups;
    const { trusted, secret_header: header, secret_file: file, user_pattern: userPattern } = given;
    if ((header === undefined) !== (file === undefined))
      context.addIssue('expected secret_header and secret_file together');
    if (trusted === undefined && header === undefined)
      context.addIssue(
        'expected trusted, the addresses of the proxy, or secret_header and secret_file: otherwise everybody could claim to be anybody',
      );
    if (trusted?.some(([, bits]) => bits === 0) === true)
      context.addIssue('expected the addresses of the proxy in trusted, got every address');
    const names = [user, groups, header].filter((name) => name !== undefined).map((name) => name.toLowerCase());
    if (new Set(names).size < names.length)
      context.addIssue('expected a header of its own for each of user, groups and secret');
    if (user === undefined) {
      context.addIssue('expected preset or user_header');
      return z.NEVER;
    }
    return {
      user,
      ...(groups === undefined ? {} : { groups }),
      ...(trusted === undefined ? {} : { trusted }),
      ...(header === undefined || file === undefined ? {} : { secret: { header, file } }),
      ...(userPattern === undefined ? {} : { userPattern }),
    };
  });

/** Whom to believe about people, and in which headers. Where both `trusted` and `secret` stand, both are needed. */
export interface ForwardedSetting {
  readonly user: string;
  readonly groups?: string;
  readonly trusted?: readonly Network[];
  readonly secret?: { readonly header: string; readonly file: string };
  /** Matches a name as a whole. */
  readonly userPattern?: RegExp;
}
