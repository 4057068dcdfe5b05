/** The pages of the documentation, and what stands in them. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../deploy/dockerfile.ts';

/** From the root of the repository. */
export const PAGES: readonly string[] = ['README.md', ...globSync('docs/*.md', { cwd: ROOT }).sort()];

/** These have no commands that are run here, but links. */
export const OTHER_PAGES: readonly string[] = [
  ...globSync('docs/reference/*.md', { cwd: ROOT }).sort(),
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'deploy/iam/README.md',
];

/** A fenced block. */
export interface Block {
  /** `docs/api.md:12`, for messages. */
  readonly where: string;
  readonly line: number;
  /** The first word behind the fence, and the others. */
  readonly language: string;
  readonly info: readonly string[];
  readonly text: string;
}

export function readPage(page: string): string {
  return readFileSync(path.join(ROOT, page), 'utf8');
}

export function blocksOf(page: string): readonly Block[] {
  const text = readPage(page);
  return [...text.matchAll(FENCE)].map((match) => {
    const [language = '', ...info] = (match[1] ?? '').split(/\s+/);
    const line = text.slice(0, match.index).split('\n').length;
    return { where: `${page}:${line}`, line, language, info, text: match[2] ?? '' };
  });
}

/** The text without its blocks, in which links and headings stand. */
export function proseOf(page: string): string {
  return readPage(page).replaceAll(FENCE, '');
}

const FENCE = /^```([^\n`]*)\n(.*?)^```$/gms;

/** The anchors that GitHub makes of the headings: a second one of the same name gets a number. */
export function anchorsOf(page: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of proseOf(page).matchAll(/^#{1,6} (.+)$/gm)) {
    const anchor = heading
      .trim()
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\-_ ]/gu, '')
      .replaceAll(' ', '-');
    let unique = anchor;
    for (let again = 1; anchors.has(unique); again += 1) unique = `${anchor}-${again}`;
    anchors.add(unique);
  }
  return anchors;
}
