import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabelSettings } from '../domain/labels.ts';
import { checkExternalLabels } from './external-labels.ts';

function look(external: Readonly<Record<string, string>>, settings: LabelSettings = {}): readonly string[] {
  return checkExternalLabels(external, settings).map(({ severity, evidence }) => `${severity}: ${evidence}`);
}

test('labels of a site say nothing', () => {
  assert.deepEqual(look({ cluster: 'a', replica: '0' }), ['ok: say nothing to ec2-operator']);
});

test('what is shared and not read is named', () => {
  assert.deepEqual(look({ region: 'eu', client: 'acme' }), [
    'info: region: "eu" is on every alert and is not read',
    'info: client: "acme" is on every alert and is not read',
  ]);
});

test('what is read is shown, and an error where it can be no such thing', () => {
  const settings = { region: 'region' };
  assert.deepEqual(look({ region: 'eu-west-1' }, settings), ['ok: say to ec2-operator: region "eu-west-1"']);
  assert.match(look({ region: 'eu' }, settings)[0] ?? '', /^error: every alert would be turned away .*got "eu"/);
  assert.match(look({ ec2_client: 'acme' })[0] ?? '', /^error: every alert would be turned away .*got "acme"/);
});

test('an order on every alert is an error', () => {
  assert.match(look({ dryrun: 'false' })[0] ?? '', /^error: every alert without a label dryrun .*dryrun: "false"/);
  assert.match(look({ instance: 'prometheus-0' })[0] ?? '', /^error: every alert without a label instance /);
});
