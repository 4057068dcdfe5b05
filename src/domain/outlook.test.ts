import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contextWith, type ContextChange } from '../../test/support/guard-context.ts';
import { BY_PERSON, LEASE, NOON, PAUSE } from '../../test/support/operation.ts';
import { explain, tellHeldBack, tellOutlook } from './outlook.ts';
import { judge } from './guard.ts';

function told(tell: typeof tellOutlook, change: ContextChange): string {
  const context = contextWith({ ...change, instance: { type: 'm5.large', ...change.instance } });
  return tell(context.intent, context.instance, judge(context));
}

const FRESH = { instance: { launchedAt: NOON - 60_000 }, settings: { off: new Set(['stale_alert']) } } as const;
const WARNED = { beforeMs: 900_000, always: true, ifUndelivered: 'wait' as const };
const NAMED = 'i-00000000000000001 (eu-central-1a)';

describe('a dry run is told', () => {
  test('what would be done', () => {
    assert.equal(told(tellOutlook, {}), `would stop ${NAMED}: every guard allows it`);
    const start = { intent: { verb: 'start' }, instance: { state: 'stopped' } } as const;
    assert.equal(told(tellOutlook, start), `would start ${NAMED}: every guard allows it`);
  });

  test('until when it would wait, and because of which guard', () => {
    assert.equal(
      told(tellOutlook, FRESH),
      `would wait until 2026-11-22T12:59:00.000Z to stop it ` +
        `(min_uptime: ${NAMED} was launched 1m ago; min_uptime keeps it running for 1h)`,
    );
  });

  test('that nothing says when a wait is over', () => {
    const message = told(tellOutlook, { voice: { holds: [], pauses: [PAUSE] }, settings: { warn: WARNED } });
    assert.match(
      message,
      /^would wait until this is over to stop .* \(paused: pia paused .*, until it is ended: "a demo"\)$/,
    );
  });

  test('which guard refuses, and why', () => {
    assert.equal(
      told(tellOutlook, { instance: { tags: { 'ec2-operator': 'off' } } }),
      `would not stop it (opt_out: ${NAMED} has the tag ec2-operator=off, which forbids a stop)`,
    );
  });

  test('what is lost by it', () => {
    assert.equal(
      told(tellOutlook, { instance: { type: 'i3.large', lifecycle: 'spot' } }),
      `would stop ${NAMED}: every guard allows it ` +
        `(spot: EC2 stops a Spot instance only if its request is persistent) ` +
        `(scratch_disk: a stop erases its local disks (type "i3.large"))`,
    );
  });

  test('which guards a person has passed', () => {
    const acts = { fleet: Array.from({ length: 25 }, () => NOON) };
    assert.equal(
      told(tellOutlook, { ...FRESH, acts, intent: { cause: BY_PERSON } }),
      `would stop ${NAMED}: every guard allows it, except min_uptime and fleet_limit, which a person's request overrides`,
    );
  });
});

test('a message names the guard where its reason does not', () => {
  const verdict = { verdict: 'refuse', reason: 'managed', message: 'it belongs to Karpenter' } as const;
  assert.equal(tellHeldBack(verdict, 'asg_member'), 'it belongs to Karpenter (guard asg_member)');
  assert.equal(tellHeldBack(verdict, 'managed'), 'it belongs to Karpenter');
});

test('the trail says the same of what is about to be done', () => {
  assert.equal(told(explain, {}), `every guard allows a stop of ${NAMED}`);
  assert.equal(
    told(explain, { ...FRESH, intent: { cause: BY_PERSON } }),
    `every guard allows a stop of ${NAMED}, except min_uptime, which a person's request overrides`,
  );
  const cause = { by: 'lease', lease: LEASE.id, name: 'pia', beganAt: NOON } as const;
  assert.equal(
    told(explain, { ...FRESH, intent: { cause } }),
    `every guard allows a stop of ${NAMED}, except min_uptime, which the lease overrides`,
  );
});
