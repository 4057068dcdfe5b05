/** Settings of logins that are valid and may surprise. Start-up, `check-config` and the doctor tell the same. */
import type { Config } from './schema.ts';

export interface LoginNote {
  readonly note: string;
  readonly remedy: string;
}

/** Every account of Google can log in there, unless the application is an internal one. Only Google knows that. */
const ALL_OF_GOOGLE = /^https:\/\/accounts\.google\.com\/?$/i;

type Settings = Pick<Config, 'login' | 'people' | 'public_url' | 'tls_cert' | 'trusted_proxies'>;

export function notesOnLogin(config: Settings): readonly LoginNote[] {
  const { oidc } = config.login;
  return oidc === undefined ? [] : [...onGoogle(oidc.issuer, config), ...onProxy(config)];
}

function onGoogle(issuer: string, { people }: Settings): readonly LoginNote[] {
  if (people.length > 0 || !ALL_OF_GOOGLE.test(issuer)) return [];
  return [
    {
      note: 'everybody with a Google account may log in and read, unless the application is an internal one at Google',
      remedy: 'name users in people, or make the application internal',
    },
  ];
}

/** HTTPS that the server does not speak itself ends at a proxy. */
function onProxy({ public_url: url, tls_cert: cert, trusted_proxies: trusted }: Settings): readonly LoginNote[] {
  if (cert !== undefined || trusted.length > 0 || url?.startsWith('https:') !== true) return [];
  return [
    {
      note: 'behind a proxy all people have one address, so a stranger who lets ten logins fail each minute keeps everybody from logging in',
      remedy: 'name the proxy in trusted_proxies, so that each address counts by itself',
    },
  ];
}
