/** Settings of the login by an OpenID provider. */
import * as z from 'zod';
import { isLoopback } from '../domain/loopback.ts';
import { quote } from '../domain/parsed.ts';
import { distinct, filePath } from './fields.ts';

const WELL_KNOWN = '/.well-known/';

/** Every account of Microsoft can log in there. */
const ALL_OF_MICROSOFT = /^https:\/\/login\.microsoftonline\.com\/(?:common|organizations|consumers)(?:\/|$)/i;

const issuer = z.string().superRefine((text, context) => {
  const problem = problemOfIssuer(text);
  // The text before an @ may be a password.
  if (problem !== undefined) context.addIssue(text.includes('@') ? problem : `${problem}, got ${quote(text)}`);
});

function problemOfIssuer(text: string): string | undefined {
  const url = URL.parse(text);
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    /[\s?#]/.test(text) ||
    url.username !== '' ||
    url.password !== ''
  )
    return 'expected a URL without credentials, query and fragment, such as https://login.example.com';
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return 'expected a URL that begins with https: only a provider on this machine may answer in the clear';
  if (text.includes(WELL_KNOWN)) return `expected the issuer itself, without what begins at ${WELL_KNOWN}`;
  if (ALL_OF_MICROSOFT.test(text))
    return 'expected the issuer of one tenant, https://login.microsoftonline.com/TENANT-ID/v2.0, because this one stands for every customer of Microsoft';
  return undefined;
}

const claim = z.string().regex(/^[\x21-\x7e]{1,128}$/, 'expected the name of a claim');

export const oidcSettings = z
  .strictObject({
    issuer: issuer.describe(
      "The provider's issuer, exactly as the provider writes it. HTTPS, but for this machine itself.",
    ),
    client_id: z
      .string()
      .regex(/^[\x21-\x7e]{1,255}$/, 'expected printable ASCII without white space')
      .describe('The id under which the provider knows this server.'),
    client_secret_file: filePath
      .optional()
      .describe("A file with the client's secret; it is read for each login. Unset: a public client."),
    groups_claim: claim
      .optional()
      .describe(
        "The claim with a person's groups, such as `groups`. Dots lead into nested claims: `realm_access.roles`. Unset: nobody has groups.",
      ),
    scopes: z
      .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/, 'expected the name of a scope'))
      .superRefine(distinct((name) => name))
      .refine((given) => given.includes('openid'), 'expected openid among the scopes')
      .default(['openid', 'email', 'profile'])
      .describe('The scopes to ask the provider for.'),
    user_claim: claim
      .optional()
      .describe(
        "The claim with a person's name in records and in `people`. Unset: `email`, which must not be unverified; without an e-mail address `preferred_username`, unless it looks like one, else `sub`.",
      ),
  })
  .describe('Login by an OpenID provider, such as Keycloak, Entra ID, Google, Okta or Dex. Needs `public_url`.');
