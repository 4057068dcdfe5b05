import assert from 'node:assert/strict';
import { test } from 'node:test';
import { candidatesOf } from './search-list.ts';

for (const [what, resolvConf, candidates] of [
  ['the search list, then the name alone', 'search a.example B.example.', ['gpu.a.example', 'gpu.b.example', 'gpu']],
  ['the last of several lists', 'search a.example\n domain b.example\n', ['gpu.b.example', 'gpu']],
  [
    'comments and other lines',
    '# search c.example\nnameserver ::1\nsearch a.example ; b.example',
    ['gpu.a.example', 'gpu'],
  ],
  ['the domain of the machine itself without a list', 'nameserver 10.0.0.2', ['gpu.own.example', 'gpu']],
  ['no domain where the list is the root', 'search .', ['gpu']],
  ['the name first with ndots:0', 'search a.example\noptions rotate ndots:0', ['gpu', 'gpu.a.example']],
] as const) {
  test(what, () => {
    assert.deepEqual(candidatesOf('gpu', resolvConf, 'host.own.example'), candidates);
  });
}

test('a machine without a domain searches none', () => {
  assert.deepEqual(candidatesOf('gpu', '', 'host'), ['gpu']);
});

test('a name with as many dots as ndots comes first, and one with fewer last', () => {
  assert.deepEqual(candidatesOf('gpu.x', 'search a.example'), ['gpu.x', 'gpu.x.a.example']);
  assert.deepEqual(candidatesOf('gpu.x', 'search a.example\noptions ndots:2'), ['gpu.x.a.example', 'gpu.x']);
});
