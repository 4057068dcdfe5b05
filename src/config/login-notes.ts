/** Settings of logins that are valid and may surprise. Start-up, `check-config` and the doctor tell the same. */
import type { Config } from './schema.ts';

export interface LoginNote {
  readonly note: string;
  readonly remedy: string;
}

/** Every account of Google can log in there, unless the application is an internal one. Only Google knows that. */
const ALL_OF_GOOGLE = /^https:\/\/accounts\.google\.com\/?$/i;

export function notesOnLogin({ login: { oidc }, people }: Pick<Config, 'login' | 'people'>): readonly LoginNote[] {
  if (oidc === undefined || people.length > 0 || !ALL_OF_GOOGLE.test(oidc.issuer)) return [];
  return [
    {
      note: 'everybody with a Google account may log in and read, unless the application is an internal one at Google',
      remedy: 'name users in people, or make the application internal',
    },
  ];
}
