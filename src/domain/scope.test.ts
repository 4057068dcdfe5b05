import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseRequest, workKey } from './intent.ts';
import {
  contradictionIn,
  describeScopes,
  hasScope,
  isGranted,
  machinesFor,
  SCOPES,
  type Grant,
  type Scope,
} from './scope.ts';

test('a scope implies itself, admin implies all, and who may start or stop a machine may hold it', () => {
  const implied: Readonly<Record<Scope, readonly Scope[]>> = {
    read: ['read'],
    hold: ['hold'],
    start: ['start', 'hold'],
    stop: ['stop', 'hold'],
    admin: SCOPES,
  };
  for (const given of SCOPES)
    for (const needed of SCOPES) assert.equal(hasScope([given], needed), implied[given].includes(needed));
  assert.equal(hasScope([], 'read'), false);
});

test('a token that may make tokens cannot be held to some machines', () => {
  assert.match(contradictionIn({ scopes: ['admin'], only: { team: 'ml' } }) ?? '', /no `only` with the scope admin/);
  assert.equal(contradictionIn({ scopes: ['stop'], only: { team: 'ml' } }), undefined);
  assert.equal(contradictionIn({ scopes: ['admin'] }), undefined);
});

test('a request is understood only as far as the scopes go', () => {
  const ask = (action: string, scopes?: readonly Scope[]): string => {
    const raw = {
      target: '10.0.0.1',
      targetSource: 'the test',
      action,
      client: '',
      dryrun: '',
      region: '',
      account: '',
    };
    const context = { route: 'hostname', defaultClient: 'native' } as const;
    const asked = parseRequest(raw, scopes === undefined ? context : { ...context, grants: [{ scopes }] });
    return asked.ok ? asked.value.verb : asked.reason;
  };
  assert.equal(ask('stop'), 'stop');
  assert.equal(ask('stop', ['stop']), 'stop');
  assert.equal(ask('start', ['admin']), 'start');
  assert.equal(ask('start', ['read', 'stop']), 'out_of_scope');
  assert.equal(ask('stop', []), 'out_of_scope');
  assert.equal(ask('explode', []), 'invalid_action');
});

const READ: Grant = { scopes: ['read'] };
const ML: Grant = { scopes: ['stop'], only: { team: 'ml' } };
const ML_DEV: Grant = { scopes: ['stop', 'start'], only: { team: 'ml', stage: 'dev' } };
const WEB: Grant = { scopes: ['start', 'stop'], only: { team: 'web' } };

describe('several grants', () => {
  test('are the union of their scopes, whatever machines they are for', () => {
    assert.deepEqual(
      SCOPES.filter((scope) => isGranted([READ, WEB], scope)),
      ['read', 'hold', 'start', 'stop'],
    );
    assert.deepEqual(
      SCOPES.filter((scope) => isGranted([], scope)),
      [],
    );
    assert.equal(describeScopes([WEB, READ]), 'read, start, stop');
    assert.equal(describeScopes([]), 'none');
  });

  const rows: readonly (readonly [what: string, grants: readonly Grant[], machines: ReturnType<typeof machinesFor>])[] =
    [
      ['each scope has its own machines', [ML, WEB], [{ team: 'ml' }, { team: 'web' }]],
      ['a grant without the scope adds none', [READ, ML], { team: 'ml' }],
      ['a grant for all machines is for all', [ML, { scopes: ['admin'] }], undefined],
      ['what another grant includes is left out', [ML_DEV, ML], { team: 'ml' }],
      ['the same twice is once', [ML, { ...ML }], { team: 'ml' }],
      ['no grant is no machine', [READ], []],
    ];
  for (const [what, grants, machines] of rows) {
    test(what, () => {
      assert.deepEqual(machinesFor(grants, 'stop'), machines);
      assert.deepEqual(machinesFor(grants, 'hold'), machines, 'whoever stops a machine may hold it');
    });
  }

  test('give a request the machines of those that allow its verb', () => {
    const raw = { target: '10.0.0.1', targetSource: '', client: '', dryrun: '', region: '', account: '' };
    const context = { route: 'hostname', defaultClient: 'native', grants: [ML, ML_DEV, WEB] } as const;
    const asked = (['start', 'stop'] as const).map((action) => {
      const request = parseRequest({ ...raw, action }, context);
      assert.ok(request.ok);
      return request.value;
    });
    assert.deepEqual(
      asked.map(({ only }) => only),
      [
        [{ team: 'ml', stage: 'dev' }, { team: 'web' }],
        [{ team: 'ml' }, { team: 'web' }],
      ],
    );
  });

  test('share an operation only with senders of the same machines', () => {
    const key = (grants: readonly Grant[]): string => {
      const only = machinesFor(grants, 'stop');
      const target = { kind: 'name', name: 'gpu-1', text: 'gpu-1' } as const;
      return workKey({
        verb: 'stop',
        client: 'native',
        dryRun: false,
        target,
        ...(only === undefined ? {} : { only }),
      });
    };
    assert.equal(key([ML, WEB]), key([WEB, READ, ML]));
    assert.equal(new Set([[ML], [WEB], [ML, WEB], [{ scopes: ['stop'] as const }], [ML_DEV]].map(key)).size, 5);
  });
});
