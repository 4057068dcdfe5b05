import { readFileSync } from 'node:fs';

/** Read for each request, because the file may be replaced. @throws Error that does not quote the content */
export function readTokenFile(file: string): string {
  const token = readFilledFile(file);
  // The error of fetch would quote a header that it refuses.
  if (!/^[\x20-\x7e]*$/.test(token)) throw new Error(`expected one line of ASCII in the token file ${file}`);
  return token;
}

/** @throws Error for a file that cannot be read or is empty */
export function readFilledFile(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new Error(`expected a file at ${file} that can be read, got ${why}`, { cause: error });
  }
  if (text === '') throw new Error(`expected something in ${file}, got an empty file`);
  return text;
}
