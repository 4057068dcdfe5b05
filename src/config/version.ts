/** A version of the configuration: what is the same as it is shown has the same version. */
import { hash } from 'node:crypto';
import type { Config } from './schema.ts';
import { showConfig } from './show.ts';

/** `content` is JSON, without secrets. */
export function versionOf(config: Config): { readonly version: string; readonly content: string } {
  const content = JSON.stringify(showConfig(config).settings);
  return { version: hash('sha256', content, 'base64url').slice(0, 22), content };
}
