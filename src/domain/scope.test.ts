import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRequest } from './intent.ts';
import { contradictionIn, hasScope, SCOPES, type Scope } from './scope.ts';

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
    const asked = parseRequest(raw, scopes === undefined ? context : { ...context, scopes });
    return asked.ok ? asked.value.verb : asked.reason;
  };
  assert.equal(ask('stop'), 'stop');
  assert.equal(ask('stop', ['stop']), 'stop');
  assert.equal(ask('start', ['admin']), 'start');
  assert.equal(ask('start', ['read', 'stop']), 'out_of_scope');
  assert.equal(ask('stop', []), 'out_of_scope');
  assert.equal(ask('explode', []), 'invalid_action');
});
