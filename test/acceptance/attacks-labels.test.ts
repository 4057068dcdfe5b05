/** Label text, and parameters, that try to be more than text: options, files, wildcards, lists, addresses to call. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { receiptsSchema } from '../../src/http/schemas.ts';
import { alert, delivery, stopAlert } from '../support/alerts.ts';
import { addressOf, idOf } from '../support/fleet.ts';
import { startListener } from '../support/listener.ts';
import { json, problemIn, startOperator, type Operator } from '../support/operator.ts';
import { findTool } from '../support/tools.ts';

const AWS = findTool('aws', 'awscli');
const FLEET_FILTERS = [
  '*',
  '?',
  '10.0.*',
  '10.0.0.?',
  '10.0.0.1*',
  'i-*',
  'i-????????',
  `${idOf(1)}*`,
  '\\*',
  '',
  ' ',
  '%',
];

/** @param stranger what a command line option would send a signed request to */
function optionsFor(stranger: string): readonly string[] {
  return [
    `--endpoint-url=${stranger}`,
    `--endpoint-ur=${stranger}`,
    `${idOf(1)} --endpoint-url=${stranger}`,
    `${idOf(1)}\n--endpoint-url=${stranger}`,
    `10.0.0.1 --endpoint-url ${stranger}`,
    '--no-dry-run',
    '--debug',
    '-',
    '--',
    'file:///etc/passwd',
    'fileb:///etc/passwd',
    'file://etc/passwd',
    `${stranger}/machines`,
    JSON.stringify([idOf(1), idOf(2)]),
    `${idOf(1)},${idOf(2)}`,
    `${idOf(1)} ${idOf(2)}`,
    `Name=instance-state-name,Values=running`,
    `{"InstanceIds":["${idOf(1)}"]}`,
    `$(aws ec2 stop-instances --instance-ids ${idOf(1)})`,
    `\`${idOf(1)}\``,
    `; ${idOf(1)}`,
    `@${idOf(1)}`,
  ];
}

/** Nothing of EC2 was called, and nothing else either. */
function assertUntouched(operator: Operator, stranger: { readonly requests: readonly string[] }): void {
  assert.deepEqual(operator.sandbox.calls, []);
  assert.deepEqual(stranger.requests, []);
}

for (const client of ['native', 'cli'] as const) {
  describe(
    `by the client ${client}`,
    { concurrency: true, skip: client === 'cli' && 'skip' in AWS && AWS.skip },
    () => {
      const start = async (): Promise<Operator> =>
        startOperator({ environment: { PATH: process.env['PATH'], HOME: process.env['HOME'] } });

      for (const [route, label] of [
        ['/operateHostname', 'hostname'],
        ['/operateInstance', 'instance'],
        ['/operateInstance', 'instance_id'],
      ] as const) {
        test(`the label ${label} is a machine or nothing`, async () => {
          await using operator = await start();
          await using stranger = await startListener();
          const hostile = [...optionsFor(stranger.url), ...FLEET_FILTERS];
          const alerts = hostile.map((text) => alert({ [label]: text, client }));
          const answer = await operator.request(route, json(delivery(alerts)));
          assert.match(problemIn(answer, 400), new RegExp(`none of the ${hostile.length} alerts`));
          assertUntouched(operator, stranger);
        });
      }

      for (const name of ['ec2_region', 'ec2_account', 'ec2_client', 'action'] as const) {
        test(`the label ${name} is a word or nothing`, async () => {
          await using operator = await start();
          await using stranger = await startListener();
          const hostile = [...optionsFor(stranger.url), ...FLEET_FILTERS].filter((text) => text !== '');
          // `--debug` could be the name of an account. None of that name is configured, and no name reaches a call.
          const alerts = hostile
            .filter((text) => name !== 'ec2_account' || !/^[\w.-]+$/.test(text))
            .map((text) => alert({ hostname: addressOf(1), client, [name]: text }));
          problemIn(await operator.request('/operateHostname', json(delivery(alerts))), 400);
          assertUntouched(operator, stranger);
        });
      }

      test('every parameter of a request is a word or nothing', async () => {
        await using operator = await start();
        await using stranger = await startListener();
        const good = { instance: idOf(1), action: 'stop', client, dryrun: 'false', region: 'eu-central-1', wait: '1s' };
        for (const name of ['instance', 'action', 'client', 'region', 'wait'] as const) {
          for (const text of [...optionsFor(stranger.url), ...FLEET_FILTERS].filter((given) => given !== '')) {
            const query = new URLSearchParams({ ...good, [name]: text });
            problemIn(await operator.request(`/operateInstance?${query.toString()}`), 400);
          }
        }
        assertUntouched(operator, stranger);
      });

      test('whatever stands in all other labels, the one machine that is named is stopped and no other', async () => {
        await using operator = await start();
        await using stranger = await startListener();
        const hostile = Object.fromEntries(optionsFor(stranger.url).map((text) => [text, text]));
        const labels = { ...hostile, alertname: `--endpoint-url=${stranger.url}`, hostname: addressOf(1), client };
        const [receipt] = await operator.post('/operateHostname', [alert(labels)]);
        assert.equal((await operator.end(receipt?.operation)).state, 'succeeded');
        assert.deepEqual(
          operator.changes().map(({ action, instanceIds }) => [action, ...instanceIds]),
          [['StopInstances', idOf(1)]],
        );
        assert.ok(operator.sandbox.calls.every(({ instanceIds, filters }) => [...instanceIds, ...filters].length > 0));
        assert.deepEqual(stranger.requests, []);
      });
    },
  );
}

test('anything but a word for false is a dry run', async () => {
  await using operator = await startOperator();
  const words = [
    ...optionsFor('http://127.0.0.1:9'),
    'false ',
    ' false',
    'FALSE\n',
    'fAlse',
    'no',
    'off',
    '00',
    '0.0',
    'ｆalse',
  ];
  const alerts = words.map((dryrun, index) => alert({ hostname: addressOf(1), alertname: `A${index}`, dryrun }));
  for (const receipt of await operator.post('/operateHostname', alerts)) await operator.end(receipt.operation);
  assert.deepEqual(operator.changes(), []);
});

test('no address that a delivery names is ever called', async () => {
  await using stranger = await startListener();
  await using operator = await startOperator();
  const { url } = stranger;
  const more = { generatorURL: url, silenceURL: url, dashboardURL: url, panelURL: url, imageURL: url, ruleURL: url };
  const hostile = { ...stopAlert(1), ...more, annotations: { runbook_url: url, webhook: url, callback: url } };
  const body = delivery([hostile], {
    externalURL: url,
    receiver: url,
    callbackUrl: url,
    url,
    commonAnnotations: { url },
  });
  const headers = { 'content-type': 'application/json', referer: operator.url, 'x-callback': url, link: `<${url}>` };
  const answer = await operator.request('/operateHostname', { ...json(body), headers });
  const [receipt] = receiptsSchema.parse(JSON.parse(answer.text)).receipts;
  assert.equal((await operator.end(receipt?.operation)).state, 'succeeded');
  await operator.request('/api/v1/plan', json(body));
  assert.deepEqual(stranger.requests, []);
});

test('labels named like properties of objects are labels, and change no object', async () => {
  await using operator = await startOperator();
  const properties = Object.getOwnPropertyNames(Object.prototype);
  const evil = JSON.stringify({ action: 'stop', hostname: addressOf(1), dryrun: 'false', client: 'native' });
  const bodies = ['__proto__', 'constructor', 'prototype'].flatMap((name) => [
    `{"alerts":[{"status":"firing","labels":{"${name}":${evil}}}]}`,
    `{"alerts":[{"status":"firing","labels":{"${name}":{"prototype":${evil}}}}]}`,
    `{"alerts":[{"status":"firing","${name}":{"labels":${evil}},"labels":{}}]}`,
    `{"alerts":[{"${name}":{"status":"firing","labels":${evil}}}]}`,
    `{"${name}":{"alerts":[{"status":"firing","labels":${evil}}]}}`,
  ]);
  for (const body of bodies) problemIn(await operator.request('/operateHostname', { ...json({}), body }), 400);
  for (const name of ['__proto__', 'constructor', '__proto__[action]', 'constructor.prototype.action'])
    problemIn(await operator.request(`/operateInstance?${name}=stop&instance=${idOf(1)}`), 400);
  assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), properties);
  assert.equal(Object.getOwnPropertyDescriptor(Object.prototype, 'action'), undefined);
  assert.deepEqual(operator.sandbox.calls, []);
});
