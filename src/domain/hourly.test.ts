/** What messages say that a machine costs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOON, queuedWith } from '../../test/support/operation.ts';
import type { ResolvedInstance } from './instance.ts';
import { moveOn } from './move.ts';
import { noticesOf } from './notices-of.ts';
import { createPrices } from './price.ts';

const linux: ResolvedInstance = {
  id: 'i-00000000000000001',
  place: { region: 'eu-central-1' },
  type: 'g5.xlarge',
  billing: { usage: 'RunInstances', system: 'Linux/UNIX', tenancy: 'default' },
  availabilityZone: 'eu-central-1a',
  audience: [{ channel: 'ops' }],
};
const windows = { ...linux, billing: { usage: 'RunInstances:0002', system: 'Windows', tenancy: 'default' } };
const { billing: _unknown, ...old } = linux;

const told: readonly (readonly [string, ResolvedInstance, string | undefined])[] = [
  ['as configured', linux, '$0.71'],
  ['at list price', { ...linux, type: 'g5.2xlarge' }, '$1.21 at list price (us-east-1, 2026-07-20)'],
  ['not of Spot', { ...linux, lifecycle: 'spot' }, undefined],
  ['not that of Linux for Windows', windows, undefined],
  ['not for an operation of an older version, which may be about either', old, undefined],
];
for (const [name, instance, expected] of told)
  test(`messages say what a machine costs: ${name}`, () => {
    const warned = { at: NOON, stopsAt: NOON + 900_000 };
    const waits = { type: 'wait', reason: 'warned', until: warned.stopsAt, message: 'm', warned, instance } as const;
    const [notice] = noticesOf(moveOn(queuedWith(), waits, NOON), {
      channels: [{ name: 'ops', kind: 'slack', tells: new Set(['warning']), toOwner: false, quietHours: [] }],
      owners: { tags: ['owner'], email: '{owner}', domains: [] },
      escalations: [],
      prices: createPrices({ configured: new Map([['g5.xlarge', 0.71]]) }),
    });
    assert.ok(notice?.news.kind === 'warning');
    assert.equal(notice.news.machine.hourly, expected);
  });
