/** The login by a proxy: whom the server believes, and whether its files are there. */
import { unusableForwardedFiles } from '../config-files.ts';
import { notesOnForwarded } from '../config/forwarded-notes.ts';
import type { Config } from '../config/schema.ts';
import { report, type Finding } from './finding.ts';

export function checkForwarded(config: Config): readonly Finding[] {
  const { forwarded } = config.login;
  if (forwarded === undefined) return [];
  const { ok, warning, error } = report('login.forwarded');
  const problems = unusableForwardedFiles(config).map((problem) =>
    error(problem, 'mount a file that this user can read, with the secret of the proxy in it'),
  );
  const notes = notesOnForwarded(config).map(({ note, remedy }) => warning(note, remedy));
  const whence = forwarded.secret === undefined ? 'its address' : `the header ${forwarded.secret.header}`;
  return [...problems, ...notes, ok(`people are named by ${forwarded.user} of a proxy that is known by ${whence}`)];
}
