/** Whatever a page points to is there. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { ROOT } from '../deploy/dockerfile.ts';
import { anchorsOf, OTHER_PAGES, PAGES, proseOf, readPage } from './pages.ts';

for (const page of [...PAGES, ...OTHER_PAGES]) {
  describe(page, () => {
    test('its links lead to files and headings that exist', () => {
      const broken = linksOf(page).filter((link) => !leadsSomewhere(page, link));
      assert.deepEqual(broken, []);
    });
  });
}

for (const page of PAGES) {
  test(`${page}: the files of the repository that it names exist`, () => {
    const named = [...readPage(page).matchAll(/\b(?:deploy|docs|src|test|tools)\/[\w./-]*\w/g)].map(([file]) => file);
    // The reader makes what is in `mine`.
    const shipped = new Set(named.filter((file) => !file.startsWith('deploy/kubernetes/mine')));
    const missing = [...shipped].filter((file) => !existsSync(path.join(ROOT, file)));
    assert.deepEqual(missing, []);
  });
}

test('the index links every page', () => {
  const linked = linksOf('docs/README.md').map((link) => path.join('docs', link.split('#')[0] ?? ''));
  const pages = [...PAGES, ...OTHER_PAGES].filter((page) => page.startsWith('docs/') && page !== 'docs/README.md');
  assert.deepEqual(
    pages.filter((page) => !linked.includes(page)),
    [],
  );
});

function linksOf(page: string): readonly string[] {
  const prose = proseOf(page).replaceAll(/`[^`\n]*`/g, '`code`');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
}

function leadsSomewhere(page: string, link: string): boolean {
  if (/^https?:/.test(link)) return true;
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? page : path.join(path.dirname(page), file);
  if (!existsSync(path.join(ROOT, target))) return false;
  return anchor === undefined || /^L\d+$/.test(anchor) || anchorsOf(target).has(anchor);
}
