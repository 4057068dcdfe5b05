/** The tokens of the environment and of the configuration file. */
import type { Config } from '../../config/schema.ts';
import type { TokenSetting } from '../../config/auth.ts';
import { digestOf, findAmong, type KnownToken } from './sender.ts';
import { createSecretFile, type SecretFileOptions } from './secret-file.ts';

/** @returns the tokens at this moment: token files may change or disappear */
export function configuredTokens(
  config: Pick<Config, 'auth_token' | 'auth_token_file' | 'tokens'>,
  generated: string | undefined,
  options: SecretFileOptions,
): () => readonly KnownToken[] {
  const { auth_token: token, auth_token_file: file } = config;
  const sources = [
    ...(generated === undefined ? [] : [sharedToken('generated', () => generated)]),
    ...(token === undefined ? [] : [sharedToken('AUTH_TOKEN', () => token)]),
    ...(file === undefined ? [] : [sharedToken('AUTH_TOKEN_FILE', createSecretFile(file, options))]),
    ...config.tokens.map((setting) => namedToken(setting, options)),
  ];
  return () => sources.map((source) => source()).filter((known) => known !== undefined);
}

export function findConfigured(tokens: () => readonly KnownToken[]): (digest: Buffer) => KnownToken | undefined {
  return (digest) => findAmong(tokens(), digest);
}

type Source = () => KnownToken | undefined;

function sharedToken(name: string, read: () => string | undefined): Source {
  const hash = hashing(read);
  return () => {
    const sha256 = hash();
    return sha256 === undefined ? undefined : { name, scopes: ['admin'], sha256, isShared: true };
  };
}

function namedToken(setting: TokenSetting, options: SecretFileOptions): Source {
  const { expires: expiresAt, file, sha256: fixed, ...rights } = setting;
  const hash = file === undefined ? () => fixed : hashing(createSecretFile(file, options));
  return () => {
    const sha256 = hash();
    if (sha256 === undefined) return undefined;
    return { ...rights, sha256, ...(expiresAt === undefined ? {} : { expiresAt }) };
  };
}

/** Hashes a text again only when it has changed. */
function hashing(read: () => string | undefined): () => string | undefined {
  let last: { readonly text: string; readonly sha256: string } | undefined;
  return () => {
    const text = read();
    if (text === undefined) return undefined;
    if (last?.text !== text) last = { text, sha256: digestOf(text).toString('hex') };
    return last.sha256;
  };
}
