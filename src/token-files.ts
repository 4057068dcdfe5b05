/** The files with the tokens that are shown to Alertmanager and Prometheus. They are read anew for each request. */
import { readFileSync } from 'node:fs';
import { nameOf } from './config/problem.ts';
import type { Config } from './config/schema.ts';

/** What is wrong with them: a sentence for each, with the name of its setting. */
export function unusableTokenFiles({ alertmanager, prometheus }: Config): readonly string[] {
  return Object.entries({ alertmanager, prometheus }).flatMap(([api, settings]) => {
    const why = settings?.token_file === undefined ? undefined : whyUnusable(settings.token_file);
    return why === undefined ? [] : [`${nameOf([api, 'token_file'])}: ${why}`];
  });
}

export function whyUnusable(file: string): string | undefined {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return `expected a file at ${file} that can be read, got ${why}`;
  }
  return content.trim() === '' ? `expected something in ${file}, got an empty file` : undefined;
}
