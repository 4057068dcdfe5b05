import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabelSettings } from '../domain/labels.ts';
import { checkExternalLabels } from './external-labels.ts';

function look(external: Readonly<Record<string, string>>, settings: LabelSettings = {}): readonly string[] {
  return checkExternalLabels(external, settings).map(({ severity, evidence }) => `${severity}: ${evidence}`);
}

test('labels of a site mean nothing', () => {
  assert.deepEqual(look({ cluster: 'a', replica: '0' }), ['ok: ec2-operator reads none of them']);
});

test('a shared label that is not read is named', () => {
  assert.deepEqual(look({ region: 'eu', client: 'acme' }), [
    'info: region: "eu" is on every alert and is not read',
    'info: client: "acme" is on every alert and is not read',
  ]);
});

test('a label that is read is shown, and an impossible value is an error', () => {
  const settings = { region: 'region' };
  assert.deepEqual(look({ region: 'eu-west-1' }, settings), ['ok: ec2-operator reads region "eu-west-1"']);
  assert.match(look({ region: 'eu' }, settings)[0] ?? '', /^error: they make every alert invalid.*got "eu"/);
  assert.match(look({ ec2_client: 'acme' })[0] ?? '', /^error: they make every alert invalid.*got "acme"/);
});

test('a label that makes every alert a start or stop is an error', () => {
  assert.match(
    look({ dryrun: 'false' })[0] ?? '',
    /^error: every alert without its own label dryrun .*dryrun: "false"/,
  );
  assert.match(look({ instance: 'prometheus-0' })[0] ?? '', /^error: every alert without its own label instance /);
});
