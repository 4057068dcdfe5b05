/** What is read of the AWS configuration file besides what the SDK reads of it. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { readVariable, type Environment } from '../config/environment.ts';

/**
 * The file of certificate authorities, and what names it: the variable, else the profile. `aws` reads both, the SDK neither.
 */
export function caBundleOf(environment: Environment): { readonly file: string; readonly from: string } | undefined {
  const variable = readVariable(environment, 'AWS_CA_BUNDLE');
  if (variable !== undefined) return { file: variable, from: 'AWS_CA_BUNDLE' };
  const profile = readVariable(environment, 'AWS_PROFILE') ?? 'default';
  const file = readProfile(readConfigFile(environment), profile).get('ca_bundle');
  return file === undefined || file === '' ? undefined : { file, from: `ca_bundle of the AWS profile ${profile}` };
}

/** Each says where credentials come from. */
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

/** Whether a profile is there, in either file, and says where credentials come from. */
export function namesCredentials(environment: Environment, profile: string): boolean {
  const texts = [readConfigFile(environment), readShared(environment, 'AWS_SHARED_CREDENTIALS_FILE', 'credentials')];
  return texts.some((text) => SOURCES.some((source) => readProfile(text, profile).has(source)));
}

function readConfigFile(environment: Environment): string {
  return readShared(environment, 'AWS_CONFIG_FILE', 'config');
}

/** What is wrong with a file is told by the SDK, which reads it for the credentials. */
function readShared(environment: Environment, variable: string, usual: string): string {
  const home = readVariable(environment, 'HOME') ?? homedir();
  const named = readVariable(environment, variable)?.replace(/^~(?=\/)/, home);
  try {
    return readFileSync(named ?? path.join(home, '.aws', usual), 'utf8');
  } catch {
    return '';
  }
}

/** The settings of one section, `[default]`, `[profile name]` or, in the file of credentials, `[name]`; those below another setting are indented and no part of it. */
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
