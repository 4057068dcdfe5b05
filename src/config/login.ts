/** Settings of people who log in in a browser, and of what they may do. */
import * as z from 'zod';
import { contradictionIn, SCOPES } from '../domain/scope.ts';
import { scopes } from './auth.ts';
import { complain, flag, group, selector } from './fields.ts';
import { forwardedSettings } from './forwarded.ts';
import { oidcSettings } from './oidc.ts';

const LONGEST_NAME = 256;
const personName = z.string().min(1).max(LONGEST_NAME);

const rule = z
  .strictObject({
    user: z.exactOptional(personName).describe('The user, exactly as the proxy or the provider names her.'),
    group: z.exactOptional(personName).describe('The group, exactly as the proxy or the provider names it.'),
    scopes: scopes.describe(`What they may do: ${SCOPES.map((scope) => `\`${scope}\``).join(', ')}.`),
    only: z
      .exactOptional(selector)
      .describe('The tags of the only machines that they may act on. They see all machines.'),
  })
  .transform(({ user, group: members, ...grant }, context) => {
    const contradiction = contradictionIn(grant);
    if (contradiction !== undefined) context.addIssue(contradiction);
    if (user !== undefined && members === undefined) return { user, ...grant };
    if (members !== undefined && user === undefined) return { group: members, ...grant };
    context.addIssue('expected either user or group');
    return z.NEVER;
  });

export const loginSettings = {
  people: z
    .array(rule)
    .default([])
    .describe(
      'What people may do who log in by a proxy or by an OpenID provider. Everything counts that names the user or one of her groups. Without an entry, everybody who logs in may read.',
    ),
  login: group('How people log in to the pages, besides with a token. See docs/login.md.', {
    forwarded: forwardedSettings
      .optional()
      .describe('A proxy in front of the server that logs people in, and says in headers who they are.'),
    oidc: oidcSettings.optional(),
    insecure: flag(
      'Log people in over plain HTTP from other machines, too: whoever listens on the network can then take over their sessions.',
    ),
  }).prefault({}),
};

interface Login {
  readonly auth: 'token' | 'none';
  readonly people: readonly unknown[];
  readonly login: { readonly forwarded?: unknown; readonly oidc?: unknown; readonly insecure: boolean };
  readonly public_url?: string | undefined;
  readonly tls_cert?: string | undefined;
}

/** Contradictions between settings. */
export function checkLogin(
  { auth, people, login, public_url: url, tls_cert: cert }: Login,
  context: z.core.$RefinementCtx,
): void {
  // After an earlier issue, the settings do not match their type.
  if (context.issues.length > 0) return;
  const way = (['forwarded', 'oidc'] as const).find((key) => login[key] !== undefined);
  if (people.length > 0 && way === undefined)
    complain(context, ['people'], 'expected a way to log in with it: login.forwarded or login.oidc');
  if (auth === 'none' && way !== undefined)
    complain(
      context,
      ['login', way],
      'expected auth: token with it: with auth: none, everybody may do everything already',
    );
  if (login.insecure && (cert !== undefined || url?.startsWith('https:') === true))
    complain(
      context,
      ['login', 'insecure'],
      `expected no insecure login beside ${cert === undefined ? 'a public_url with https' : 'tls_cert'}: sessions are secure there`,
    );
  if (login.oidc !== undefined && url === undefined)
    complain(
      context,
      ['login', 'oidc'],
      'expected public_url (PUBLIC_URL) as well: the provider sends people back to its path /login/callback',
    );
}
