import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, test } from 'node:test';
import { startListener } from '../../test/support/listener.ts';
import { startMetadataService } from '../../test/support/metadata-service.ts';
import { metadataUrl, readOwnInstance } from './metadata.ts';

const ID = 'i-0a1b2c3d4e5f60001';

test('the service is where the variables of the AWS SDKs say', () => {
  assert.equal(metadataUrl({}), 'http://169.254.169.254');
  assert.equal(metadataUrl({ AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: 'IPv6' }), 'http://[fd00:ec2::254]');
  assert.equal(metadataUrl({ AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://10.0.0.1:80/' }), 'http://10.0.0.1:80');
});

describe('the id of the own machine', { concurrency: true }, () => {
  test('is asked for by version 2, with a token', async () => {
    await using service = await startMetadataService(ID);
    assert.deepEqual(await readOwnInstance({ AWS_EC2_METADATA_SERVICE_ENDPOINT: service.url }), { id: ID });
    assert.deepEqual(service.requests, ['PUT /latest/api/token', 'GET /latest/meta-data/instance-id']);
  });

  test('is never asked for through a proxy, which would answer for its own machine', async () => {
    await using service = await startMetadataService(ID);
    await using proxy = await startListener();
    const program = `import { readOwnInstance } from '${import.meta.dirname}/metadata.ts';
      console.log(JSON.stringify(await readOwnInstance(process.env)))`;
    // A proxy of Node's own is set when Node starts. The services here must go on answering meanwhile.
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      env: {
        PATH: process.env['PATH'],
        NODE_USE_ENV_PROXY: '1',
        HTTP_PROXY: proxy.url,
        http_proxy: proxy.url,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: service.url,
      },
    });
    let told = '';
    for await (const chunk of child.stdout) told += String(chunk);
    assert.deepEqual(JSON.parse(told), { id: ID });
    assert.deepEqual(proxy.requests, []);
  });

  for (const [name, answer, why] of [
    ['a service that is switched off', { 'PUT /latest/api/token': 403 }, /gives no token \(HTTP 403\)/],
    ['another web server', {}, /gives no token \(HTTP 404\)/],
    [
      'an answer that is no instance id',
      { 'PUT /latest/api/token': 200, 'GET /latest/meta-data/instance-id': 200 },
      /gives no instance id \(HTTP 200\)/,
    ],
  ] as const) {
    test(`${name} gives none, and the reason says so`, async () => {
      await using service = await startListener(({ method, url }, response) => {
        const statuses: Readonly<Record<string, number>> = answer;
        response.writeHead(statuses[`${method} ${url}`] ?? 404).end('<html>');
      });
      const found = await readOwnInstance({ AWS_EC2_METADATA_SERVICE_ENDPOINT: service.url });
      assert.ok(found.id === undefined);
      assert.match(found.why, why);
    });
  }

  test('an answer that does not arrive, as behind too many hops, is waited for briefly', async () => {
    await using service = await startListener(() => undefined);
    const found = await readOwnInstance({ AWS_EC2_METADATA_SERVICE_ENDPOINT: service.url });
    assert.ok(found.id === undefined);
    assert.match(found.why, /does not answer \(no answer within 2 s\); in a container, its hop limit may be too low/);
  });

  test('where the SDKs may not ask, it is not asked for', async () => {
    await using service = await startMetadataService(ID);
    const environment = { AWS_EC2_METADATA_SERVICE_ENDPOINT: service.url, AWS_EC2_METADATA_DISABLED: 'true' };
    const found = await readOwnInstance(environment);
    assert.ok(found.id === undefined);
    assert.match(found.why, /AWS_EC2_METADATA_DISABLED/);
    assert.deepEqual(service.requests, []);
  });
});
