/** Credentials that are refused for a while: what has been accepted is verified on, and the rest is waited with. */
import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { idOf } from '../support/fleet.ts';
import { startOperator, programDirectory } from '../support/operator.ts';
import { findTool } from '../support/tools.ts';

function toStop(more = ''): string {
  return `/operateInstance?instance=${idOf(1)}&action=stop&client=native&dryrun=false${more}`;
}

describe('a stop', { concurrency: true }, () => {
  for (const code of ['ExpiredToken', 'UnauthorizedOperation', 'AuthFailure', 'SomethingThatNobodyKnows']) {
    test(`is verified on when EC2 answers ${code} for a while`, async () => {
      await using operator = await startOperator();
      operator.sandbox.faults.add({ kind: 'slow', ms: 100, action: 'StopInstances' });
      const { operation } = await operator.ask(toStop('&wait=0s'));
      await operator.sandbox.until(() => operator.changes().length === 1);
      const looks = operator.sandbox.calls.length;
      const message = 'no';
      operator.sandbox.faults.add({ kind: 'error', action: 'DescribeInstances', code, message, status: 400, times: 1 });
      assert.equal((await operator.end(operation.id)).reason, 'state_reached');
      assert.ok(operator.sandbox.calls.slice(looks).some(({ errorCode }) => errorCode === code));
    });
  }

  for (const code of ['UnauthorizedOperation', 'OptInRequired', 'SomethingThatNobodyKnows']) {
    test(`whose answer was lost is looked after on when EC2 answers ${code} for a while`, async () => {
      await using operator = await startOperator();
      const { faults } = operator.sandbox;
      faults.add({ kind: 'reset', when: 'after', action: 'StopInstances', times: 1 });
      const { operation } = await operator.ask(toStop('&wait=0s'));
      await operator.sandbox.until(() => operator.changes().length === 1);
      faults.add({ kind: 'error', action: 'DescribeInstances', code, message: 'no', status: 400, times: 2 });
      const end = await operator.end(operation.id);
      assert.deepEqual([end.state, end.reason], ['succeeded', 'state_reached']);
      assert.ok(end.trail?.some((entry) => entry.code === code));
      assert.equal(operator.changes().length, 1);
    });
  }

  for (const [code, hint] of [
    ['AuthFailure', /set the clock of this machine right/],
    ['RequestExpired', /set the clock of this machine right/],
    ['ExpiredToken', /renew the credentials/],
  ] as const) {
    test(`that EC2 answers with ${code} once is tried again`, async () => {
      await using operator = await startOperator();
      operator.sandbox.faults.add({
        kind: 'error',
        action: 'StopInstances',
        code,
        message: 'no',
        status: 400,
        times: 1,
      });
      const { operation } = await operator.ask(toStop('&wait=0s'));
      await operator.waiting(operation.id, 'credentials');
      assert.match((await operator.read(operation.id)).message ?? '', hint);
      await operator.ask(toStop('&wait=0s'));
      assert.equal((await operator.end(operation.id)).reason, 'state_reached');
    });
  }

  test('whose credentials stay refused is given up, as not let in', async () => {
    await using operator = await startOperator({ config: 'give_up_after: { stop: 1s }' });
    operator.sandbox.faults.add({ kind: 'error', code: 'AuthFailure', message: 'no', status: 401 });
    const { operation } = await operator.ask(toStop('&wait=0s'));
    const end = await operator.end(operation.id);
    assert.deepEqual([end.state, end.reason], ['failed', 'unauthorized']);
    assert.match(end.message ?? '', /not done within .*AuthFailure: /);
  });
});

const AWS = findTool('aws', 'awscli');

test(
  'a credential_process of the client cli gets the variables that are named, and no others',
  { skip: 'skip' in AWS && AWS.skip },
  async () => {
    await using stack = new AsyncDisposableStack();
    const directory = await programDirectory(stack);
    const program = path.join(directory, 'vault');
    const config = path.join(directory, 'config');
    const answer = '{"Version":1,"AccessKeyId":"AKIASANDBOXMAIN00000","SecretAccessKey":"sandbox"}';
    await writeFile(
      program,
      `#!/bin/sh\n[ "$VAULT_TOKEN" = sesame ] || { echo 'no VAULT_TOKEN' >&2; exit 3; }\necho '${answer}'\n`,
    );
    await chmod(program, 0o700);
    await writeFile(config, `[profile vault]\nregion = eu-central-1\ncredential_process = ${program}\n`);
    const environment = {
      PATH: process.env['PATH'],
      HOME: directory,
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_CONFIG_FILE: config,
      AWS_PROFILE: 'vault',
      VAULT_TOKEN: 'sesame',
    };
    const asked = toStop('&wait=0s').replace('client=native', 'client=cli');
    await using operator = await startOperator({ environment, config: 'aws: { cli_environment: [VAULT_TOKEN] }' });
    const { operation } = await operator.ask(asked);
    assert.equal((await operator.end(operation.id)).reason, 'state_reached');
    await using without = await startOperator({ environment });
    const { operation: other } = await without.ask(asked);
    await without.waiting(other.id, 'credentials');
    assert.match(
      (await without.read(other.id)).message ?? '',
      /aws\.cli_environment names the variables.*no VAULT_TOKEN/,
    );
  },
);
