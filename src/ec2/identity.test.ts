/** The hosts of STS, seen by a proxy that refuses every connection. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { Environment } from '../config/environment.ts';
import { createInspector } from './inspect.ts';
import { Ec2Error } from './port.ts';

for (const [region, variables, host] of [
  ['eu-central-1', {}, 'sts.eu-central-1.amazonaws.com'],
  ['us-east-1', { AWS_USE_FIPS_ENDPOINT: 'true' }, 'sts-fips.us-east-1.amazonaws.com'],
  ['eu-central-1', { AWS_USE_DUALSTACK_ENDPOINT: 'true' }, 'sts.eu-central-1.api.aws'],
  ['cn-north-1', {}, 'sts.cn-north-1.amazonaws.com.cn'],
  ['us-gov-west-1', {}, 'sts.us-gov-west-1.amazonaws.com'],
  ['eusc-de-east-1', {}, 'sts.eusc-de-east-1.amazonaws.eu'],
] as const satisfies readonly [string, Environment, string][]) {
  test(`${region} ${JSON.stringify(variables)}: ${host}`, async () => {
    const asked: string[] = [];
    const proxy = createServer().on('connect', ({ url = '' }, socket) => {
      asked.push(url);
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const inspector = createInspector({
      accounts: [],
      connectTimeoutMs: 5_000,
      requestTimeoutMs: 5_000,
      cliConcurrency: 1,
      environment: {
        AWS_ACCESS_KEY_ID: 'AKIA',
        AWS_SECRET_ACCESS_KEY: 'example',
        HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      },
    });
    // The SDK reads these from the process's own environment.
    Object.assign(process.env, variables);
    try {
      await assert.rejects(inspector.identity({ region }), Ec2Error);
    } finally {
      for (const name of Object.keys(variables)) delete process.env[name];
      inspector.close();
      proxy.close();
    }
    assert.deepEqual(asked, [`${host}:443`]);
  });
}
