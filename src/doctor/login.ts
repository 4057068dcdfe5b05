/** The ways to log in: whether the OpenID provider answers as configured. */
import { unusableLoginFiles } from '../config-files.ts';
import { notesOnLogin } from '../config/login-notes.ts';
import type { Config } from '../config/schema.ts';
import { reasonsOf } from '../openid/login-error.ts';
import { lookAtProvider, type ProviderSeen } from '../openid/look.ts';
import type { OpenidSettings } from '../openid/settings.ts';
import { openidSettings } from '../settings.ts';
import { findingsOf, listSome, report, type Finding } from './finding.ts';

/** Asks nothing where no provider is configured. */
export async function checkLogin(config: Config): Promise<readonly Finding[]> {
  const settings = openidSettings(config);
  if (settings === undefined) return [];
  const { error, warning } = report('login.oidc', settings.issuer);
  const files = unusableLoginFiles(config).map((problem) =>
    error(problem, "mount a file that this user can read, with the client's secret in it"),
  );
  const notes = notesOnLogin(config).map(({ note, remedy }) => warning(note, remedy));
  try {
    return [...files, ...notes, ...judge(settings, await lookAtProvider(settings))];
  } catch (cause) {
    const change = 'correct login.oidc.issuer, and check that this machine reaches the provider';
    return [...files, ...notes, error(reasonsOf(cause), change)];
  }
}

/** The algorithms that use a pair of keys. Others can be checked only by who can sign as well. */
const CHECKABLE = /^(?:RS|PS|ES)\d{3}$|^Ed/;

function judge({ scopes, redirectUri, issuer }: OpenidSettings, seen: ProviderSeen): readonly Finding[] {
  const { ok, warning, error } = report('login.oidc', issuer);
  const { keys, algorithms, scopes: listed } = seen;
  const unlisted = listed === undefined ? [] : scopes.filter((scope) => !listed.includes(scope));
  return findingsOf([
    ok(`the provider answers; the redirect URI to register there is ${redirectUri}`),
    algorithms !== undefined &&
      !algorithms.some((name) => CHECKABLE.test(name)) &&
      error(
        `it signs ID tokens by ${listSome(algorithms)} only`,
        'let it sign with RS256, ES256 or another algorithm with a public key',
      ),
    keys === 0 && error('it shows no keys, so no signature of it can be checked', 'give it a key to sign with'),
    unlisted.length > 0 &&
      warning(
        `it does not list the scopes ${listSome(unlisted)}`,
        'remove them from login.oidc.scopes, or allow them there',
      ),
  ]);
}
