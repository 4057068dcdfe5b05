/** The settings in AWS configuration files that the SDK does not read. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { readVariable, type Environment } from '../config/environment.ts';

/** Where no profile is named, AWS SDKs read this one after the variables for keys. */
export const DEFAULT_PROFILE = 'default';

/** The profile of both clients. Alone, the SDK reads only the first of these variables, and `aws` the second before the first. */
export function profileOf(environment: Environment): string | undefined {
  return readVariable(environment, 'AWS_PROFILE') ?? readVariable(environment, 'AWS_DEFAULT_PROFILE');
}

/** The file of certificate authorities by the variable, else by the profile. `aws` reads both, the SDK neither. */
export function caBundleOf(environment: Environment): { readonly file: string; readonly from: string } | undefined {
  const variable = readVariable(environment, 'AWS_CA_BUNDLE');
  if (variable !== undefined) return { file: variable, from: 'AWS_CA_BUNDLE' };
  const profile = profileOf(environment) ?? DEFAULT_PROFILE;
  const file = readProfile(readConfigFile(environment), profile).get('ca_bundle');
  return file === undefined || file === '' ? undefined : { file, from: `ca_bundle of the AWS profile ${profile}` };
}

/** Settings that name a source of credentials. */
const SOURCES = [
  'aws_access_key_id',
  'credential_process',
  'credential_source',
  'login_session',
  'role_arn',
  'sso_session',
  'sso_start_url',
  'web_identity_token_file',
];

/** Whether the profile exists in either file and names a source of credentials. */
export function namesCredentials(environment: Environment, profile: string): boolean {
  const texts = [readConfigFile(environment), readShared(environment, 'AWS_SHARED_CREDENTIALS_FILE', 'credentials')];
  return texts.some((text) => SOURCES.some((source) => readProfile(text, profile).has(source)));
}

function readConfigFile(environment: Environment): string {
  return readShared(environment, 'AWS_CONFIG_FILE', 'config');
}

/** The SDK reads the same file for credentials, and reports a faulty file. */
function readShared(environment: Environment, variable: string, usual: string): string {
  const home = readVariable(environment, 'HOME') ?? homedir();
  const named = readVariable(environment, variable)?.replace(/^~(?=\/)/, home);
  try {
    return readFileSync(named ?? path.join(home, '.aws', usual), 'utf8');
  } catch {
    return '';
  }
}

/**
 * The settings of one section: `[default]`, `[profile name]` or, in the file of credentials, `[name]`. Indented settings belong
 * to another setting, and are left out.
 */
export function readProfile(text: string, profile: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  let isOurs = false;
  for (const line of text.split(/\r?\n/)) {
    const section = /^\[\s*(?:profile\s+)?["']?(.*?)["']?\s*\]/.exec(line)?.[1];
    if (section !== undefined) isOurs = section === profile;
    const [, key, value = ''] = /^([^\s#;[=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (isOurs && key !== undefined) settings.set(key.toLowerCase(), value.replace(/\s+[#;].*$/, ''));
  }
  return settings;
}
