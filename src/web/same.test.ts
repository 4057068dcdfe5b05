import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { inShell, sameList } from './same.ts';

const HOSTILE = [
  '$(touch /x); `id` \'quoted\' "$HOME" \\ !! *',
  '~',
  "it's",
  'a b',
  '-x',
  '',
  'team=ml',
  '; exit 3',
  '#no',
];

test('a shell reads nothing in the words of a line', () => {
  const line = `printf '<%s>' ${HOSTILE.map(inShell).join(' ')}`;
  assert.equal(execFileSync('sh', ['-c', line], { encoding: 'utf8' }), HOSTILE.map((word) => `<${word}>`).join(''));
});

test('a line has no control character and nothing unseen, within quotes or without', () => {
  const controls = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).filter((one) =>
    /\p{Cc}/u.test(one),
  );
  // They turn the direction of writing, or show nothing: people would read another line than they paste.
  const unseen = ['\u202egnp.exe\u202c', 'a\u2066b\u2069', 'a\u200bb', 'a\u2028exit 3', '\u3164', '\u{e0041}'];
  const words = [...controls.slice(1), ...unseen, '\u0003\nexit 3\n', "it's\u001b[201~\\ $HOME `id` \t'", '\n'];
  const line = `printf '<%s>' ${words.map(inShell).join(' ')}`;
  assert.match(line + inShell('\0'), /^[ -~]+$/);
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  const said = execFileSync('bash', ['-c', line], { encoding: 'utf8', env });
  assert.equal(said, words.map((word) => `<${word}>`).join(''));
});

test('lines have the filters that are set, as the API and as the command line name them', () => {
  const same = sameList('/api/v1/things', 'things', [
    { name: 'text', value: '-a b&c', option: '--text' },
    { name: 'owner', value: undefined, option: '--owner' },
    { name: 'state', value: '', option: '--state' },
    { name: 'order', value: 'desc', option: '--descending', isFlag: true },
    { name: 'until', value: '2026-11-22T18:00:00.000Z' },
    { name: 'machine', value: 'gpu 1', option: '' },
  ]);
  assert.deepEqual(same, {
    query: 'text=-a+b%26c&order=desc&until=2026-11-22T18%3A00%3A00.000Z&machine=gpu+1',
    api: 'GET /api/v1/things?text=-a+b%26c&order=desc&until=2026-11-22T18%3A00%3A00.000Z&machine=gpu+1',
    cli: "ec2-operator things --text='-a b&c' --descending 'gpu 1'",
  });
  assert.deepEqual(sameList('/x', 'x', []), { query: '', api: 'GET /x', cli: 'ec2-operator x' });
});
