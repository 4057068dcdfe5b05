import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startFakePrometheus, type FakePrometheus } from '../../test/support/prometheus.ts';
import type { Need } from '../domain/need.ts';
import type { RuleQuestion } from '../engine/need.ts';
import { createPrometheus } from './client.ts';
import { createAskRule } from './need.ts';

const OURS = { hostname: 'gpu-1' };
const ENDED_AT = Date.now() - 60_000;
/** A rule that is well, and a machine whose series is there. */
const HEALTHY: Partial<FakePrometheus> = { pages: [[{}]], results: { jobs: [OURS] } };

async function ask(change: Partial<FakePrometheus>, question: Partial<RuleQuestion> = {}): Promise<Need> {
  await using fake = await startFakePrometheus();
  Object.assign(fake, HEALTHY, change);
  return await createAskRule(createPrometheus({ url: fake.url }, Date.now))({
    alertname: 'GpuWanted',
    endedAt: ENDED_AT,
    firedAt: ENDED_AT - 600_000,
    naming: async ({ hostname }) =>
      Promise.resolve(hostname === undefined ? 'unclear' : hostname === 'gpu-1' ? 'this' : 'another'),
    ...question,
  });
}

describe('a rule', () => {
  const firing = (labels: Readonly<Record<string, string>>, state = 'firing'): Partial<FakePrometheus> => ({
    pages: [[{ alerts: [{ labels, state }] }]],
  });
  const cases: Readonly<
    Record<string, readonly [Need['need'], RegExp | undefined, Partial<FakePrometheus>, Partial<RuleQuestion>?]>
  > = {
    'that is well and has nothing for the machine': ['ended', undefined, {}],
    'that fires for another machine': ['ended', undefined, firing({ hostname: 'gpu-2' })],
    'that fires for the machine': ['yes', /pending or firing alert for the same machine/, firing(OURS)],
    'that is about to fire for it': ['yes', /pending or firing/, firing(OURS, 'pending')],
    'whose alert names no machine': ['yes', /pending or firing/, firing({ team: 'ml' })],
    'whose alert is listed as inactive': ['ended', undefined, firing(OURS, 'inactive')],
    'on another page': [
      'yes',
      /pending or firing/,
      { pages: [[], [{ name: 'Other' }], [{ alerts: [{ labels: OURS }] }]] },
    ],
    'that is not there': ['unconfirmed', /has no rule "GpuWanted"/, { pages: [[{ name: 'GpuWanted2' }]] }],
    'with another expression than sent the alert': ['unconfirmed', /was edited since/, {}, { expression: 'jobs > 1' }],
    'with the same expression in other spacing': ['ended', undefined, {}, { expression: 'jobs>0' }],
    'that asks for something else by now': [
      'unconfirmed',
      /was edited/,
      { pages: [[{ labels: { on_resolved: 'start' } }]] },
    ],
    'that fails': ['unknown', /fails in Prometheus \(health "err"\)/, { pages: [[{ health: 'err' }]] }],
    'that was never evaluated': ['unknown', /was never evaluated/, { pages: [[{ evaluatedAgo: null }]] }],
    'that has not been evaluated lately': ['unknown', /last evaluated at 20/, { pages: [[{ evaluatedAgo: 600_000 }]] }],
    'of whose namesakes one fails': ['unknown', /fails in Prometheus/, { pages: [[{}, { health: 'err' }]] }],
    'whose expression is true for the machine': [
      'yes',
      /is true for the machine/,
      { results: { 'jobs > 0': [OURS], jobs: [OURS] } },
    ],
    'whose series has vanished': ['unknown', /the series of the rule "GpuWanted" vanished/, { results: {} }],
    'whose series is there for others only': ['unknown', /vanished/, { results: { jobs: [{ hostname: 'gpu-2' }] } }],
    'of whose series one has vanished, while another of the machine is there': [
      'unknown',
      /the series of the rule "GpuWanted" vanished/,
      {
        results: { jobs: [{ ...OURS, gpu: '0' }] },
        past: { jobs: [OURS, { ...OURS, gpu: '1' }] },
      },
    ],
    'whose aggregation is there without one of its series': [
      'unknown',
      /vanished for the machine/,
      {
        pages: [[{ query: 'max by (hostname) (jobs) > 0' }]],
        results: { 'max by (hostname) (jobs)': [OURS], jobs: [{ ...OURS, queue: 'a' }] },
        past: {
          jobs: [
            { ...OURS, queue: 'a' },
            { ...OURS, queue: 'b' },
          ],
        },
      },
    ],
    'whose series has vanished, while a namesake has another of the machine': [
      'unknown',
      /vanished for the machine/,
      {
        pages: [[{ query: 'users > 0' }, { query: 'jobs > 0' }]],
        results: { users: [OURS] },
        past: { users: [OURS], jobs: [OURS] },
      },
    ],
    'whose series is not known, while a namesake has another of the machine': [
      'unknown',
      /vanished for the machine/,
      { pages: [[{ query: 'users > 0' }, {}]], results: { users: [OURS] } },
      { expression: 'jobs > 0' },
    ],
    'that cannot tell, while a namesake can': [
      'unconfirmed',
      /not a single comparison/,
      { pages: [[{}, { query: 'users' }]], results: { jobs: [OURS] } },
    ],
    'whose namesake is about other machines': [
      'ended',
      undefined,
      {
        pages: [[{ query: 'users > 0' }, {}]],
        results: { users: [{ hostname: 'gpu-2' }], jobs: [OURS] },
        past: { users: [{ hostname: 'gpu-2' }], jobs: [OURS] },
      },
    ],
    'all of whose series are there': [
      'ended',
      undefined,
      {
        results: {
          jobs: [
            { ...OURS, gpu: '0' },
            { gpu: '1', ...OURS },
          ],
        },
        past: { jobs: [{ ...OURS, gpu: '1' }, { hostname: 'gpu-2' }] },
      },
    ],
    'that names the machine by a label of its own': [
      'ended',
      undefined,
      { pages: [[{ labels: OURS }]], results: { jobs: [{}] } },
    ],
    'that cannot tell what has vanished': [
      'unconfirmed',
      /its expression is not a single comparison with a number/,
      { pages: [[{ query: 'jobs' }]], results: {} },
    ],
    'in a program that evaluates no queries': ['ended', undefined, { results: undefined }],
    'in a Prometheus that was reloaded while it fired': [
      'unconfirmed',
      /was started or reloaded/,
      { loadedAt: ENDED_AT - 30_000 },
    ],
    'in one that was reloaded long before it ended': ['ended', undefined, { loadedAt: ENDED_AT - 400_000 }],
    'in one that was reloaded afterwards': ['ended', undefined, { loadedAt: ENDED_AT + 40_000 }],
    'in one that answers in part': ['unknown', /cannot be read/, { warnings: ['a store is away'] }],
    'in one that is not well': ['unknown', /^Prometheus could not say whether .* \(status 503\)$/, { status: 503 }],
  };
  for (const [what, [need, message, change, question]] of Object.entries(cases)) {
    test(`${what}: ${need}`, async () => {
      const answer = await ask(change, question);
      assert.equal(answer.need, need, 'message' in answer ? answer.message : '');
      if (message !== undefined) assert.match('message' in answer ? answer.message : '', message);
    });
  }

  test('of a Prometheus that is away: unknown, and the message names neither address nor file', async () => {
    const fake = await startFakePrometheus();
    await fake[Symbol.asyncDispose]();
    const question = { alertname: 'X', endedAt: ENDED_AT, naming: async () => Promise.resolve('this' as const) };
    const away = await createAskRule(createPrometheus({ url: fake.url }, Date.now))(question);
    assert.deepEqual(away, {
      need: 'unknown',
      message: 'Prometheus could not say whether the machine is still needed (ECONNREFUSED)',
    });
    const api = { url: fake.url, token_file: '/nowhere/token' };
    const tokenless = await createAskRule(createPrometheus(api, Date.now))(question);
    assert.ok(tokenless.need === 'unknown');
    assert.match(tokenless.message, /\(ENOENT\)$/);
  });
});
