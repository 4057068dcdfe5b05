import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadConfig } from '../config/load.ts';
import { checkForwarded } from './forwarded.ts';

const PROXY = 'forwarded: { preset: remote-user, trusted: [10.0.0.7] }';

describe('the doctor on a login by a proxy', () => {
  const told = (file: string): readonly string[] =>
    checkForwarded(loadConfig({}, file)).map(({ severity, evidence }) => `${severity}: ${evidence}`);

  test('says whom the server believes, and nothing where it believes nobody', () => {
    assert.deepEqual(told(''), []);
    assert.deepEqual(told(`login: { ${PROXY} }`), [
      'ok: people are named by Remote-User of a proxy that is known by its address',
    ]);
  });

  test('warns of a wide network, of groups that nobody tells, and of a file that is missing', () => {
    const wide = told('login: { forwarded: { preset: remote-user, trusted: [10.0.0.0/8] } }');
    assert.match(wide.join(), /^warning: everybody who connects from 10\.0\.0\.0\/8 can claim to be anybody,ok:/);
    const secret =
      'login: { forwarded: { user_header: X-User, trusted: [10.0.0.0/8], secret_header: X-Secret, secret_file: /nowhere } }';
    const rest = told(`${secret}\npeople: [{ group: ml, scopes: [read] }]`).join();
    assert.match(
      rest,
      /^error: login\.forwarded\.secret_file: cannot read \/nowhere \(ENOENT\).*,warning: people names groups, and no header tells/,
    );
  });
});
