import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { findTool } from './tools.ts';

describe('findTool', () => {
  test('names the program of that name that is first in PATH', (t) => {
    setVariables(t, { PATH: '/no/such/folder::/bin', REQUIRE_ALL_SUITES: '1' });
    assert.deepEqual(findTool('sh', 'dash'), { path: '/bin/sh' });
  });

  test('says what is missing and which package has it', (t) => {
    setVariables(t, { PATH: '/bin', REQUIRE_ALL_SUITES: '' });
    const message = 'expected the program "no-such-tool" in PATH, found none: apt-get install some-package';
    assert.deepEqual(findTool('no-such-tool', 'some-package'), { skip: message });
  });

  test('takes a folder for no program', (t) => {
    setVariables(t, { PATH: '/', REQUIRE_ALL_SUITES: '' });
    assert.ok('skip' in findTool('usr', 'some-package'));
  });

  test('throws instead where no suite may be left out', (t) => {
    setVariables(t, { PATH: '/bin', REQUIRE_ALL_SUITES: '1' });
    assert.throws(() => findTool('no-such-tool', 'some-package'), /apt-get install some-package \(REQUIRE_ALL_SUITES/);
  });
});

function setVariables(t: TestContext, variables: Readonly<Record<'PATH' | 'REQUIRE_ALL_SUITES', string>>): void {
  const before = { ...process.env };
  t.after(() => {
    for (const name of Object.keys(variables)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });
  Object.assign(process.env, variables);
}
