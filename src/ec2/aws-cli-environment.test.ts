import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cliEnvironment } from './aws-cli-environment.ts';

test('only named variables of the operator are passed on', () => {
  const environment = { VAULT_TOKEN: 'v', AUTH_TOKEN: 'a', DATABASE_URL: 'd', AWS_PROFILE: 'team' };
  const passed = cliEnvironment(environment, { names: ['VAULT_TOKEN', 'NOT_SET'] });
  assert.deepEqual([passed['VAULT_TOKEN'], passed['AWS_PROFILE']], ['v', 'team']);
  for (const name of ['AUTH_TOKEN', 'DATABASE_URL', 'NOT_SET']) assert.equal(Object.hasOwn(passed, name), false);
});

test('a proxy is never asked for credentials', () => {
  const passed = cliEnvironment({ HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'example.com' });
  assert.match(passed['NO_PROXY'] ?? '', /^example\.com,169\.254\.169\.254,/);
  assert.equal(passed['no_proxy'], passed['NO_PROXY']);
  assert.equal(cliEnvironment({})['NO_PROXY'], undefined);
});

test('the address of the metadata service ends in a slash', () => {
  const name = 'AWS_EC2_METADATA_SERVICE_ENDPOINT';
  for (const value of ['http://10.0.0.1', 'http://10.0.0.1/']) {
    assert.equal(cliEnvironment({ [name]: value })[name], 'http://10.0.0.1/');
  }
});
