import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadConfig } from '../../config/load.ts';
import { ProblemError } from '../problem.ts';
import { createReadForwarded, type ReadForwarded } from './forwarded.ts';

const warned: string[] = [];

function open(more = ''): ReadForwarded {
  const { forwarded } = loadConfig(
    {},
    `login: { forwarded: { preset: remote-user, trusted: [10.0.0.0/8, '::1']${more} } }`,
  ).login;
  assert.ok(forwarded);
  return createReadForwarded(forwarded, {
    secret: () => undefined,
    warnSparingly: (_, message) => warned.push(message),
  });
}

function presented(raw: readonly (readonly [name: string, value: string])[], peer = '10.0.0.9') {
  return {
    headers: new Headers(raw.map(([name, value]): [string, string] => [name, value])),
    rawHeaders: raw.flat(),
    peer,
    remote: '203.0.113.1',
  };
}

test('a person is named by her headers, with her groups in whatever order and spacing', () => {
  const read = open();
  assert.deepEqual(
    read(
      presented([
        ['REMOTE-user', 'ada'],
        ['Remote-Groups', ' ml,, Domain Users ,/a/b'],
      ]),
    ),
    {
      user: 'ada',
      groups: ['ml', 'Domain Users', '/a/b'],
    },
  );
  assert.deepEqual(read(presented([['Remote-User', 'ada']], '::ffff:10.1.2.3')), { user: 'ada', groups: [] });
});

test('a group with a space of another kind around its name is another group', () => {
  const groups = open()(
    presented([
      ['Remote-User', 'ada'],
      ['Remote-Groups', '\u00a0admins,admins\u00a0,\tml '],
    ]),
  )?.groups;
  assert.deepEqual(groups, ['\u00a0admins', 'admins\u00a0', 'ml']);
});

test('a stranger who writes them is nobody, and the log says so', () => {
  const read = open();
  for (const peer of ['192.0.2.1', '::2', 'unknown']) {
    warned.length = 0;
    assert.equal(read(presented([['Remote-User', 'ada']], peer)), undefined);
    assert.deepEqual(warned, [
      'the header Remote-User was ignored: it did not come from a proxy that login.forwarded trusts',
    ]);
  }
  warned.length = 0;
  assert.equal(read(presented([['X-Forwarded-For', '10.0.0.9']], '192.0.2.1')), undefined);
  assert.deepEqual(warned, [], 'ordinary requests are no news');
});

test('while the file with the secret is gone, the proxy is not believed', () => {
  const read = open(', secret_header: X-Secret, secret_file: /run/secrets/proxy');
  for (const secret of ['', 'undefined', 'null'])
    assert.equal(
      read(
        presented([
          ['Remote-User', 'ada'],
          ['X-Secret', secret],
        ]),
      ),
      undefined,
    );
});

test('whatever a trusted proxy passes on, there is one person, or a refusal', () => {
  const read = open();
  const name = fc.constantFrom(
    'Remote-User',
    'remote_user',
    'REMOTE-USER',
    'Remote-Groups',
    'remote_Groups',
    'X-Other',
  );
  const value = fc.oneof(fc.constantFrom('ada', 'eve', 'ada,eve', '', ' '), fc.stringMatching(/^[\x20-\x7e]{0,20}$/));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 4 }), (raw) => {
      const users = raw.filter(([one]) => /^remote[-_]user$/i.test(one));
      try {
        const person = read(presented(raw));
        assert.equal(person === undefined, users.length === 0);
        if (person !== undefined)
          assert.deepEqual(
            users.map(([, one]) => one.trim()),
            [person.user],
          );
      } catch (error) {
        assert.ok(error instanceof ProblemError && error.problem.status === 403, String(error));
      }
    }),
  );
});
