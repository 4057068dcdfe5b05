import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Environment } from '../config/environment.ts';
import { endpointOf, regionOf, type Ec2Settings } from './accounts.ts';
import { cliEnvironment } from './aws-cli-environment.ts';

function settings(environment: Environment): Ec2Settings {
  return { accounts: [], connectTimeoutMs: 1, requestTimeoutMs: 1, cliConcurrency: 1, environment };
}

test('the endpoint: the service’s own variable, then the common one, unless endpoint variables are ignored', () => {
  const both = { AWS_ENDPOINT_URL: 'http://a', AWS_ENDPOINT_URL_STS: 'http://sts', AWS_ENDPOINT_URL_EC2: '' };
  assert.equal(endpointOf(settings(both), 'sts'), 'http://sts');
  assert.equal(endpointOf(settings(both), 'ec2'), 'http://a');
  assert.equal(endpointOf(settings({}), 'ec2'), undefined);
  assert.equal(endpointOf(settings({ ...both, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }), 'ec2'), undefined);
});

test('the region: the place, then AWS_REGION, then AWS_DEFAULT_REGION, then none', () => {
  const environment = { AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-west-2' };
  assert.equal(regionOf(settings(environment), { region: 'eu-central-1' }), 'eu-central-1');
  assert.equal(regionOf(settings(environment), {}), 'us-east-1');
  assert.equal(regionOf(settings({ ...environment, AWS_REGION: '' }), {}), 'us-west-2');
  assert.equal(regionOf(settings({ AWS_REGION: '' }), {}), undefined);
});

test('aws gets what AWS needs and no other secret', () => {
  const environment = cliEnvironment({
    PATH: '/bin',
    AWS_PROFILE: 'team',
    AWS_REGION: '',
    AWS_PAGER: 'less',
    AWS_MAX_ATTEMPTS: '10',
    HTTPS_PROXY: 'http://proxy',
    AUTH_TOKEN: 'secret',
    DATABASE_URL: 'postgres://secret',
    PYTHONHOME: '/opt/python',
    LC_ALL: 'de_DE.ISO-8859-1',
  });
  // Credentials must not come through a proxy.
  const direct = '169.254.169.254,169.254.170.2,169.254.170.23,fd00:ec2::254,fd00:ec2::23';
  assert.deepEqual(environment, {
    NO_PROXY: direct,
    no_proxy: direct,
    PATH: '/bin',
    AWS_PROFILE: 'team',
    AWS_PAGER: '',
    AWS_MAX_ATTEMPTS: '1',
    AWS_RETRY_MODE: 'standard',
    AWS_CLI_AUTO_PROMPT: 'off',
    AWS_CLI_ERROR_FORMAT: 'legacy',
    HTTPS_PROXY: 'http://proxy',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
  });
});
