/** Counts `aws` processes: a script of that name comes first in PATH, leaves a byte in a file and becomes the real one. */
import { accessSync, constants } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface AwsCounter {
  /** The PATH in which the counted `aws` comes first. */
  readonly path: string;
  readonly count: () => Promise<number>;
}

/** @returns undefined when there is no `aws` in PATH */
export async function createAwsCounter(directory: string, searched: string): Promise<AwsCounter | undefined> {
  const real = find('aws', searched);
  if (real === undefined) return undefined;
  const folder = path.join(directory, 'counted');
  const file = path.join(directory, 'aws-processes');
  await mkdir(folder);
  await writeFile(file, '');
  const script = `#!/bin/sh\nprintf x >>${quoted(file)}\nexec ${quoted(real)} "$@"\n`;
  await writeFile(path.join(folder, 'aws'), script, { mode: 0o755 });
  return {
    path: `${folder}${path.delimiter}${searched}`,
    count: async () => (await readFile(file)).length,
  };
}

function find(name: string, searched: string): string | undefined {
  return searched
    .split(path.delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** As one word of the shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
