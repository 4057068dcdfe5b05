import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseDryRun, parseRequest, workKey, type Work, type RawRequest } from './intent.ts';

const CONTEXT = { route: 'hostname', defaultClient: 'native' } as const;

test('a run is dry unless one of the words for false that Go knows says otherwise', () => {
  const no = ['0', 'f', 'F', 'false', 'FALSE', 'False'];
  assert.deepEqual(
    no.map(parseDryRun),
    no.map(() => false),
  );
  const other = fc.oneof(
    fc.constantFrom(undefined, false, 0, null, '', 'maybe', 'no', 'off', 'fALSE', ' false', 'false\n', '00', '-0', [
      'false',
    ]),
    fc.string(),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(other, (value) => {
      fc.pre(!no.some((word) => word === value));
      assert.equal(parseDryRun(value), true);
    }),
  );
});

describe('a request by a person', () => {
  const raw: RawRequest = {
    target: 'gpu-1',
    targetSource: 'the parameter hostname',
    action: 'start',
    client: undefined,
    dryrun: undefined,
    region: '',
    account: '',
  };

  test('follows the same rules', () => {
    assert.deepEqual(parseRequest(raw, CONTEXT), {
      ok: true,
      value: {
        verb: 'start',
        client: 'native',
        target: { kind: 'name', name: 'gpu-1', text: 'gpu-1' },
        dryRun: true,
      },
    });
  });

  test('is told which parameter is missing', () => {
    const asked = parseRequest({ ...raw, target: undefined }, CONTEXT);
    assert.ok(!asked.ok);
    assert.equal(
      asked.message,
      'expected the parameter hostname to name the machine by a host name or IP address, got nothing',
    );
  });
});

test('work has one key for one verb, client, run, place and machine', () => {
  const base: Work = {
    verb: 'stop',
    client: 'cli',
    dryRun: false,
    target: { kind: 'name', name: 'gpu-1', text: 'gpu-1' },
  };
  const others: Work[] = [
    { ...base, verb: 'start' },
    { ...base, client: 'native' },
    { ...base, dryRun: true },
    { ...base, account: 'ml' },
    { ...base, region: 'eu-west-1' },
    { ...base, only: { team: 'ml' } },
    { ...base, only: { team: 'web' } },
    { ...base, target: { kind: 'name', name: 'gpu-2', text: 'gpu-2' } },
    { ...base, target: { kind: 'address', address: { family: 4, text: '10.0.1.5' }, text: 'x' } },
    { ...base, target: { kind: 'address', address: { family: 4, text: '10.0.1.5' }, region: 'eu-west-1', text: 'x' } },
    { ...base, target: { kind: 'instance', id: 'i-0123456789abcdef0', text: 'x' } },
  ];
  assert.equal(new Set([base, ...others].map(workKey)).size, others.length + 1);
  const tag = (name: string): Work => ({ ...base, target: { kind: 'tag', name, text: name } });
  assert.notEqual(
    workKey(tag('a|vpc-0aaaaaaa')),
    workKey({ ...tag('a'), vpc: 'vpc-0aaaaaaa' }),
    'a tag holds any text',
  );
  const respelled = { ...base, target: { ...base.target, text: 'GPU-1:9835' } };
  assert.equal(workKey(respelled), workKey(base));
});
