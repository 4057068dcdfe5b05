import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, test } from 'node:test';
import type { Fault } from '../../src/sandbox/faults.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { EMPTY_HOME } from './ec2-adapters.ts';
import { ID } from './ec2-fleet.ts';
import { fails, here, testOnce, type Run } from './ec2-run.ts';

/** What a client makes of errors, of accounts and of values that mean harm. */
export function failuresContract(run: Run): void {
  describe('errors', () => {
    for (const [id, code] of [
      [ID.nowhere, 'InvalidInstanceID.NotFound'],
      [ID.pending, 'IncorrectInstanceState'],
      [ID.spot, 'UnsupportedOperation'],
      [ID.store, 'UnsupportedOperation'],
      [ID.denied, 'UnauthorizedOperation'],
    ] as const) {
      testOnce(run, `${code} when stopping ${nameOf(id)}`, async () => {
        const error = await fails(run.stop(id), code);
        assert.equal(error.requestId, run.adapter.kind === 'native' ? run.sandbox.calls.at(-1)?.requestId : undefined);
      });
    }

    testOnce(run, 'IncorrectSpotRequestState and InvalidParameterValue when starting', async () => {
      run.sandbox.set(ID.interrupted, { stateReason: { code: 'Server.SpotInstanceShutdown', message: 'interrupted' } });
      await fails(run.client.act(here, 'start', [ID.interrupted], { dryRun: false }), 'IncorrectSpotRequestState');
      await fails(run.client.act(here, 'start', [ID.detached], { dryRun: false }), 'InvalidParameterValue');
    });

    for (const [fault, code] of [
      [{ kind: 'capacity' }, 'InsufficientInstanceCapacity'],
      [{ kind: 'throttle' }, 'RequestLimitExceeded'],
      [{ kind: 'error' }, 'InternalError'],
      [{ kind: 'error', code: 'VcpuLimitExceeded', message: 'too many', status: 400 }, 'VcpuLimitExceeded'],
      [{ kind: 'reset' }, 'ClientConnection'],
    ] as const satisfies readonly [Fault, string][]) {
      test(`${code}, after one attempt`, async () => {
        run.sandbox.faults.add(fault);
        const attempts = run.sandbox.calls.length;
        await fails(run.client.act(here, 'start', [ID.stopped], { dryRun: false }), code);
        assert.equal(run.sandbox.calls.length, attempts + 1);
      });
    }

    testOnce(run, 'without the encoded message of a denial', async () => {
      const message = 'You are not authorized. Encoded authorization failure message: c2VjcmV0';
      run.sandbox.faults.add({ kind: 'error', code: 'UnauthorizedOperation', message, status: 403 });
      const error = await fails(run.stop(ID.gpu), 'UnauthorizedOperation');
      assert.equal(error.message, 'You are not authorized.');
      assert.doesNotMatch(JSON.stringify([error.stack, error.cause]), /c2VjcmV0/);
    });

    test('ClientTimeout when EC2 does not answer in time', async () => {
      run.sandbox.faults.add({ kind: 'slow', ms: 600_000 });
      await fails(run.open({}, { requestTimeoutMs: 1_000 }).describe(here, 'id', [ID.gpu]), 'ClientTimeout');
    });

    test('ClientConnection when there is no endpoint, and once closed', async () => {
      const gone = await startSandbox();
      await gone.close();
      await fails(run.open({}, {}, gone.url).describe(here, 'id', [ID.gpu]), 'ClientConnection');
      run.sandbox.faults.add({ kind: 'slow', ms: 600_000 });
      const closing = run.open();
      const cutOff = fails(closing.describe(here, 'id', [ID.gpu]), 'ClientConnection');
      await closing.close();
      await cutOff;
      await fails(closing.describe(here, 'id', [ID.gpu]), 'ClientConnection');
    });

    test('ClientMisconfigured without region, credentials or profile, saying what to set', async () => {
      const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: undefined };
      for (const [changes, hint] of [
        [{ AWS_REGION: '' }, /set AWS_REGION/],
        [none, /set AWS_ACCESS_KEY_ID/],
        [{ ...none, AWS_PROFILE: 'nobody' }, /AWS_PROFILE/],
        [{ AWS_ENDPOINT_URL: 'nowhere' }, /AWS_ENDPOINT_URL/],
        [{ AWS_REGION: '--endpoint-url=http://127.0.0.1:1' }, /correct AWS_REGION/],
      ] as const) {
        const error = await fails(run.open(changes).describe({}, 'id', [ID.gpu]), 'ClientMisconfigured');
        assert.match(error.message, hint);
      }
    });

    testOnce(run, 'AuthFailure for keys that AWS does not know', async () => {
      const stranger = run.open({ AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE000000000', AWS_SESSION_TOKEN: 'example' });
      await fails(stranger.describe(here, 'id', [ID.gpu]), 'AuthFailure');
    });

    test('an answer that is not from EC2', async () => {
      for (const [status, body, code] of [
        [200, '<html><body>Welcome</body></html>', 'ClientOutput'],
        [200, 'Welcome<br>', 'ClientOutput'],
        [200, '', 'ClientOutput'],
        [200, HALF_AN_ANSWER, 'ClientOutput'],
        [200, `${HALF_AN_ANSWER}</reservationSet></DescribeInstancesResponse>`.repeat(2), 'ClientOutput'],
        [503, '<html><body>Bad gateway</body></html>', 'ServiceUnavailable'],
      ] as const) {
        const server = createServer((_request, response) => response.writeHead(status).end(body)).listen(
          0,
          '127.0.0.1',
        );
        await once(server, 'listening');
        const client = run.open({}, {}, urlOf(server));
        await fails(client.describe(here, 'id', [ID.gpu]), code);
        if (!run.adapter.isFurther) await fails(client.checks(here, [ID.gpu]), code);
        server.closeAllConnections();
        server.close();
      }
    });
  });

  describe('accounts', () => {
    test('an account is reached through its role, which is assumed once', async () => {
      const place = { account: 'research', region: 'us-east-1' };
      const lookup = async () => run.client.describe(place, 'private', ['10.0.1.5']);
      const [[found]] = await Promise.all([lookup(), lookup()]);
      assert.deepEqual([found?.id, found?.place], [ID.research, place]);
      await run.client.act(place, 'stop', [ID.research], { dryRun: false });
      assert.equal(run.sandbox.instance(ID.research).state, 'stopping');
      assert.equal(run.sandbox.counts.get('AssumeRole'), 1);
    });

    testOnce(run, 'a role that may not be assumed, and an account that nobody configured', async () => {
      await fails(run.client.describe({ ...here, account: 'closed' }, 'id', [ID.gpu]), 'AccessDenied');
      await fails(run.client.describe({ ...here, account: 'unknown' }, 'id', [ID.gpu]), 'ClientMisconfigured');
    });
  });

  describe('hostile values', () => {
    testOnce(run, 'are refused before any call', async () => {
      const calls = run.sandbox.calls.length;
      const ids = [
        '--endpoint-url=http://127.0.0.1:1',
        'file:///etc/passwd',
        '["i-0aaaaa07"]',
        'i-*',
        '',
        `${ID.gpu}\n`,
      ];
      const addresses = [
        '--endpoint-url=http://127.0.0.1:1',
        'file:///etc/passwd',
        '10.0.*',
        '*',
        '10.1',
        '2001:DB8::5',
      ];
      for (const value of ids) {
        await assert.rejects(run.client.describe(here, 'id', [value]), RangeError);
        await assert.rejects(run.stop(value), RangeError);
      }
      for (const value of addresses) await assert.rejects(run.client.describe(here, 'private', [value]), RangeError);
      for (const values of [[], Array<string>(201).fill(ID.gpu)]) {
        await assert.rejects(run.client.describe(here, 'id', values), RangeError);
      }
      await assert.rejects(run.client.act(here, 'stop', [], { dryRun: false }), RangeError);
      assert.equal(run.sandbox.calls.length, calls);
    });

    test('reach AWS as data where they come from the configuration', async () => {
      let strangers = 0;
      const stranger = createServer(() => (strangers += 1)).listen(0, '127.0.0.1');
      await once(stranger, 'listening');
      const roleArn = `--endpoint-url=${urlOf(stranger)}`;
      const confused = run.open({}, { accounts: [{ name: 'confused', roleArn }] });
      const error = await fails(confused.describe({ ...here, account: 'confused' }, 'id', [ID.gpu]), 'ValidationError');
      assert.match(error.message, /--endpoint-url=/);
      assert.equal(strangers, 0);
      stranger.closeAllConnections();
      stranger.close();
    });
  });

  if (run.adapter.kind === 'native') return;
  testOnce(run, 'ClientMissing when there is no aws', async () => {
    const error = await fails(run.open({ PATH: EMPTY_HOME }).describe(here, 'id', [ID.gpu]), 'ClientMissing');
    assert.match(error.message, /install the AWS CLI/);
  });
}

const HALF_AN_ANSWER = '<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><reservationSet>';

function nameOf(id: string): string {
  return Object.entries(ID).find(([, known]) => known === id)?.[0] ?? id;
}

function urlOf(server: ReturnType<typeof createServer>): string {
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return `http://127.0.0.1:${address.port}`;
}
