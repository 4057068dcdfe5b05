/** Settings of how people log in to the pages. */
import type * as z from 'zod';
import { complain, group } from './fields.ts';
import { oidcSettings } from './oidc.ts';

export const loginSettings = {
  login: group('How people log in to the pages, besides with a token. See docs/login.md.', {
    oidc: oidcSettings.optional(),
  }).prefault({}),
};

interface Login {
  readonly public_url?: string | undefined;
  readonly login: { readonly oidc?: unknown };
}

export function checkLogin({ public_url: url, login }: Login, context: z.core.$RefinementCtx): void {
  // After an earlier issue, the settings do not match their type.
  if (context.issues.length > 0) return;
  if (login.oidc !== undefined && url === undefined)
    complain(
      context,
      ['login', 'oidc'],
      'expected public_url (PUBLIC_URL) as well: the provider sends people back to its path /login/callback',
    );
}
