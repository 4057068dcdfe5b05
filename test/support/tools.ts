/** Finds the programs of other projects that some suites drive: a suite whose program is missing skips and says why. */
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** A tool that is there, or the reason to skip, in the words `node --test` prints. */
export type Tool = { readonly path: string } | { readonly skip: string };

/**
 * Looks for a program in `PATH`.
 *
 * @param name as it is called in a shell, such as `promtool`
 * @param debianPackage what installs it on Debian, for the message
 * @throws when it is missing and `REQUIRE_ALL_SUITES` is set, so that a CI run cannot pass with suites left out
 */
export function findTool(name: string, debianPackage: string): Tool {
  for (const directory of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(directory, name);
    if (directory !== '' && isExecutable(file)) return { path: file };
  }
  const message = `expected the program "${name}" in PATH, found none: apt-get install ${debianPackage}`;
  if ((process.env['REQUIRE_ALL_SUITES'] ?? '') !== '')
    throw new Error(`${message} (REQUIRE_ALL_SUITES is set, so nothing may be skipped)`);
  return { skip: message };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
