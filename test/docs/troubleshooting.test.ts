/** The page by message: what it quotes is really said, and every reason has its line. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import {
  CANCELLED_REASONS,
  FAILED_REASONS,
  IGNORED_REASONS,
  INVALID_REASONS,
  REFUSED_REASONS,
  WAITING_REASONS,
} from '../../src/domain/reason.ts';
import { ROOT } from '../deploy/dockerfile.ts';
import { readPage } from './pages.ts';

const PAGE = readPage('docs/troubleshooting.md');

const SOURCE = globSync('src/**/*.ts', { cwd: ROOT })
  .filter((file) => !file.endsWith('.test.ts'))
  .map((file) => readFileSync(path.join(ROOT, file), 'utf8'))
  .join('\n');

/** What AWS says, and not we. */
const FOREIGN = ['UnauthorizedOperation: …'];

/** A quoted sentence, of which `…` stands for what the program puts in. */
interface Message {
  readonly text: string;
  readonly pattern: RegExp;
}

const MESSAGES = rows()
  .flatMap((cells) => cells)
  .flatMap((cell) => /^(`+) ?(.+?) ?\1$/.exec(cell)?.slice(2) ?? [])
  .filter((text) => !text.includes('`,') && (text.includes(' ') || text.includes('…')))
  .map((text): Message => ({ text, pattern: patternOf(text) }));

describe('troubleshooting', () => {
  test('every message is somewhere in the code', () => {
    assert.ok(MESSAGES.length > 90, `${MESSAGES.length} messages`);
    const unknown = MESSAGES.filter(({ text, pattern }) => !FOREIGN.includes(text) && !pattern.test(SOURCE));
    assert.deepEqual(
      unknown.map(({ text }) => text),
      [],
    );
  });

  for (const [section, reasons] of Object.entries({
    'An alert is invalid or ignored': { ...INVALID_REASONS, ...IGNORED_REASONS },
    Refused: REFUSED_REASONS,
    Waiting: WAITING_REASONS,
    Failed: FAILED_REASONS,
    Cancelled: CANCELLED_REASONS,
  })) {
    test(`every reason has a line in "${section}", and no other has`, () => {
      const shown = new Set(rows(section).flatMap(([cell = '']) => cell.match(/\w+/g) ?? []));
      shown.delete('reason');
      assert.deepEqual([...shown].sort(), Object.keys(reasons).sort());
    });
  }

  test('whatever an answer can say has its line', () => {
    const said = SENTENCES.flatMap((file) => sentencesOf(readFileSync(path.join(ROOT, file), 'utf8')));
    assert.ok(said.length > 50, `${said.length} sentences`);
    const missing = said.filter((sentence) => !MESSAGES.some(({ pattern }) => pattern.test(sentence)));
    assert.deepEqual(missing, [], 'these sentences are not in docs/troubleshooting.md');
  });
});

/** Where the sentences stand that senders and people are answered with. */
const SENTENCES = [
  ...globSync('src/{config/*,http/*,http/routes/*,http/auth/*,openid/*}.ts', { cwd: ROOT }),
  ...['admit-hold', 'alert', 'intend', 'intent', 'lease', 'target', 'address'].map((name) => `src/domain/${name}.ts`),
  ...['sqlite', 'postgres', 'migrate'].map((name) => `src/store/${name}.ts`),
  'src/sandboxed.ts',
].filter((file) => !file.endsWith('.test.ts'));

function sentencesOf(source: string): readonly string[] {
  const code = source
    .replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '')
    .replaceAll(/throw new (?:RangeError|TypeError)\(.*$/gm, '');
  const literals = code.match(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g) ?? [];
  return literals.filter((literal) => OPENING.test(literal));
}

const OPENING =
  /^.(?:expected|cannot|there is|too many|the (?:store|worker|database|configuration)|signatures|tokens open|a fault|none of) /;

/** The cells of the tables; of one section, where it is named. */
function rows(section?: string): readonly (readonly string[])[] {
  const text = section === undefined ? PAGE : (PAGE.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '');
  return [...text.matchAll(/^\| (.*) \|$/gm)].map(([, row = '']) =>
    row.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll(String.raw`\|`, '|')),
  );
}

function patternOf(text: string): RegExp {
  const parts = text.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(parts.join(String.raw`[^\n]{1,200}?`).replaceAll("'", String.raw`\\?'`));
}
