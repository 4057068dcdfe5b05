/** Secrets of channels stand in files, which are read for each message, because they may be replaced. */
import { readFilledFile } from '../outgoing/token-file.ts';

/** @throws Error that does not quote the content */
export function readSecretUrl(file: string): string {
  const text = readFilledFile(file);
  const url = /\s/.test(text) ? null : URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new Error(`expected one http or https URL without a user and a password in ${file}`);
  url.hash = '';
  return url.href;
}
