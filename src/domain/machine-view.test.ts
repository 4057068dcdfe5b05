import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createPrices } from './price.ts';
import { BY_ALERT, BY_PERSON, HOLD, HOUR, intentWith, LEASE, NOON, queuedWith } from '../../test/support/operation.ts';
import type { Brakes, BrakeSettings } from './coming-stop.ts';
import type { Machine, MachineRow } from './machine.ts';
import { tellKept, viewMachine, type Viewer } from './machine-view.ts';
import { openNow } from './open-now.ts';
import type { Operation } from './operation.ts';
import type { Pause } from './voice.ts';
import { SCOPES, type Scope } from './scope.ts';

const ID = 'i-00000000000000001';
const READING = { zone: 'Europe/Berlin', now: NOON };
const GUARDS: BrakeSettings = {
  optOut: { tag: 'ec2-operator' },
  zone: 'Europe/Berlin',
  off: new Set(),
  windows: [],
  fleetLimits: [],
};
const BRAKES: Brakes = { pauses: [], guards: GUARDS, acts: new Map() };
const INSTANCE = { id: ID, place: {}, name: 'gpu-1', type: 'g5.xlarge' };

function machineWith(change: Partial<Machine> = {}): Machine {
  return {
    id: ID,
    place: {},
    state: 'running',
    type: 'g5.xlarge',
    availabilityZone: 'eu-central-1a',
    launchedAt: NOON - HOUR,
    tags: { team: 'ml' },
    name: 'gpu-1',
    owner: 'pia',
    since: NOON - HOUR,
    why: { by: 'before' },
    seenAt: NOON,
    ...change,
  };
}

function view(row: Partial<MachineRow>, by: Partial<Viewer> & { readonly scopes?: readonly Scope[] } = {}) {
  const { scopes = ['admin'], ...viewer } = by;
  return viewMachine(
    { machine: machineWith(), ...row },
    { reading: READING, name: 'pia', grants: [{ scopes }], prices: createPrices(), brakes: BRAKES, ...viewer },
  );
}

const kinds = (...of: Parameters<typeof view>): readonly string[] => view(...of).actions.map(({ kind }) => kind);

const about = { annotations: { description: 'No GPU above 2 % since 10:20.' } };
const STOP = queuedWith({ instance: INSTANCE, intent: intentWith({ cause: { ...BY_ALERT, about } }) });
const START = queuedWith({ instance: INSTANCE, intent: intentWith({ verb: 'start', cause: BY_PERSON }) });
const WARNED: Operation = {
  ...STOP,
  state: 'waiting',
  reason: 'warned',
  message: 'people were told, and it stops at 2026-11-22T12:15:00.000Z (guard warned)',
  until: NOON + HOUR / 4,
  warned: { at: NOON, stopsAt: NOON + HOUR / 4 },
};
const SENT: Operation = { ...STOP, state: 'acting', instance: INSTANCE, acted: { launchedAt: NOON }, sentAt: NOON };
const BY_LEASE = { by: 'lease', lease: LEASE.id, name: LEASE.who, beganAt: LEASE.since } as const;
/** A person has asked for a stop beside the alert's. */
const BOTH = openNow([WARNED, SENT]) ?? assert.fail();
const off = machineWith({ state: 'stopped' });

describe('what a person may do', () => {
  const rows: readonly (readonly [what: string, row: Partial<MachineRow>, ...actions: string[]])[] = [
    ['a machine that runs', {}, 'keep', 'stop'],
    ['one whose stop was announced', { open: WARNED }, 'keep', 'stop_now', 'cancel'],
    ['one whose stop was sent: too late', { open: SENT }],
    ['the same, beside a stop that an alert waits for', { open: BOTH }],
    ['one that she holds', { hold: HOLD }, 'keep', 'release', 'stop'],
    ['one that another person holds', { hold: { ...HOLD, holder: 'ada', who: 'ada' } }, 'keep', 'stop'],
    [
      'one that she holds beside another person',
      { hold: { ...HOLD, holder: 'ada', who: 'ada' }, alsoHeldBy: ['pia'] },
      'keep',
      'release',
      'stop',
    ],
    ['one that is stopped', { machine: off }, 'start', 'start_for'],
    ['one that is to start', { machine: off, open: START }, 'cancel'],
    ['one that is gone', { machine: machineWith({ state: 'terminated' }) }],
  ];
  for (const [what, row, ...actions] of rows) test(what, () => assert.deepEqual(kinds(row), actions));

  test('goes as far as her rights', () => {
    const byScope = (row: Partial<MachineRow>) => SCOPES.map((scope) => kinds(row, { scopes: [scope] }).join(' '));
    assert.deepEqual(byScope({ open: WARNED }), ['', 'keep', 'keep', 'keep stop_now cancel', 'keep stop_now cancel']);
    assert.deepEqual(byScope({ machine: off }), ['', '', 'start start_for', '', 'start start_for']);
    const grants = [{ scopes: ['stop'] as const, only: { team: 'web' } }];
    assert.deepEqual(kinds({}, { grants }), [], 'her grant is for other machines');
    assert.deepEqual(kinds({ machine: machineWith({ tags: { team: 'web' } }) }, { grants }), ['keep', 'stop']);
  });

  test('a start says for how long it is, where the configuration says so', () => {
    const labels = (defaultLeaseMs: number) =>
      view({ machine: off }, { defaultLeaseMs }).actions.map(({ label }) => label);
    assert.deepEqual(labels(2 * HOUR), ['Start for 2 h', 'Start for…']);
    assert.deepEqual(labels(1.5 * HOUR), ['Start for 1 h 30 m', 'Start for…']);
  });

  test('a cancel needs the right to this machine, or to all that the request may be about', () => {
    const cancels = (open: Operation, only: Readonly<Record<string, string>>) =>
      kinds({ open }, { grants: [{ scopes: ['stop'], only }] }).includes('cancel');
    const looked: Operation = { ...WARNED, instance: INSTANCE };
    const { instance: _, ...unknown } = WARNED;
    assert.equal(cancels(looked, { team: 'ml' }), true);
    assert.equal(cancels(looked, { team: 'web' }), false);
    assert.equal(cancels(unknown, { team: 'ml' }), false, 'the server does not know the machine either');
  });

  test('a cancel of the stop at the end of a lease says what it is', () => {
    const open: Operation = { ...WARNED, intent: intentWith({ cause: BY_LEASE }) };
    assert.equal(view({ open, lease: LEASE }).actions.at(-1)?.label, 'Run without an end');
  });

  test('the stop of a lease that has ended is neither cancelled nor hastened', () => {
    const open: Operation = { ...WARNED, reason: 'leased', intent: intentWith({ cause: BY_LEASE }) };
    assert.deepEqual(kinds({ open, lease: LEASE }).slice(-2), ['stop_now', 'cancel']);
    assert.equal(kinds({ open }).at(-1), 'stop');
    assert.equal(kinds({ open, lease: LEASE, machine: machineWith({ state: 'stopped' }) }).includes('cancel'), false);
  });

  test('a cancel names its operation', () => {
    assert.equal(view({ open: WARNED }).actions.at(-1)?.operation, WARNED.id);
  });
});

describe('what is said', () => {
  test('of an announced stop: when, why, and the last word', () => {
    const { next, why, decision } = view({ open: WARNED, last: WARNED });
    assert.deepEqual(next, { kind: 'stops', text: 'Stops at 13:15 CET', at: NOON + HOUR / 4 });
    assert.equal(why, 'No GPU above 2 % since 10:20 (alert UnusedGPU since 12:00 CET).');
    assert.equal(decision.text, 'Its stop was announced.');
  });

  test('of other stops and starts', () => {
    const of = (row: Partial<MachineRow>) => view(row).next?.text;
    const held = { ...WARNED, reason: 'held', until: NOON + HOUR } as const;
    assert.equal(of({ open: SENT }), 'Is being stopped');
    assert.equal(
      of({ open: held }),
      'A stop waits: a person, or a tag on the instance, keeps it running for now, until 14:00 CET',
    );
    assert.equal(of({ open: held, hold: HOLD }), 'A stop waits until then', 'the hold is told beside it');
    assert.equal(view({ open: held, hold: HOLD }).decision.text, 'Its stop was put off.');
    assert.equal(of({ lease: LEASE }), 'Stops at 14:00 CET');
    const leased = { ...WARNED, reason: 'leased', until: NOON + HOUR } as const;
    assert.equal(view({ open: leased, lease: LEASE }).decision.text, 'Its stop was planned.');
    const atItsEnd = { ...leased, intent: intentWith({ cause: BY_LEASE }) } as const;
    assert.equal(of({ open: atItsEnd }), undefined, 'the lease is over, and the machine stays on');
    assert.equal(of({ machine: off, open: leased }), undefined, 'it is off already');
    assert.equal(of({ open: leased }), 'A stop was asked for', 'the stop of an alert is decided anew');
    assert.equal(of({ open: BOTH }), 'Is being stopped', 'a person has asked for it beside the alert');
    assert.equal(of({ machine: off, open: START }), 'A start was asked for');
    assert.equal(of({}), undefined);
  });

  test('of a stop that does not come at its time: who has paused it, or its tag', () => {
    const pause = { id: 'p', who: 'ada', why: 'a demo', createdAt: NOON };
    const of = (pauses: readonly Pause[], tags = {}, row: Partial<MachineRow> = {}) =>
      view({ lease: LEASE, machine: machineWith({ tags }), ...row }, { brakes: { ...BRAKES, pauses } }).next?.text;
    assert.equal(of([pause]), 'Would stop at 14:00 CET, but ada has paused automatic stops');
    const late = { ...pause, until: NOON + 2 * HOUR };
    assert.equal(of([late]), 'Would stop at 14:00 CET, but ada has paused automatic stops until 15:00 CET');
    assert.equal(of([{ ...pause, until: NOON + HOUR / 2 }]), 'Stops at 14:00 CET', 'the pause is over by then');
    assert.equal(of([{ ...pause, only: { team: 'web' } }], { team: 'ml' }), 'Stops at 14:00 CET', 'of other machines');
    assert.equal(of([pause], {}, { open: WARNED }), 'Stops at 13:15 CET', 'the engine judges it again');
    const tag = (text: string) => ({ 'ec2-operator:hold-until': text });
    assert.equal(of([], tag('2026-11-22T18:00')), 'Would stop at 14:00 CET, but its tag holds it until 18:00 CET');
    assert.equal(of([late], tag('for ever')), 'Would stop at 14:00 CET, but its tag holds it');
    assert.equal(of([], tag('2026-11-22T13:30')), 'Stops at 14:00 CET');
  });

  test('of the stop of a lease that its windows or a limit do not allow: when it may come', () => {
    const window = { kind: 'allow', verbs: ['stop'], from: 22 * 60, to: 6 * 60, days: [1, 2, 3, 4, 5, 6, 7] } as const;
    const windows: Brakes['guards']['windows'] = [{ ...window, zone: 'Europe/Berlin' }];
    const of = (guards: Partial<BrakeSettings>, more: Partial<Brakes> = {}) =>
      view({ lease: LEASE }, { brakes: { ...BRAKES, ...more, guards: { ...GUARDS, ...guards } } }).next;
    const only = 'Would stop at 14:00 CET, but the change windows allow that only from 22:00 CET';
    assert.deepEqual(of({ windows }), { kind: 'stop_waits', text: only });
    assert.equal(of({ windows, off: new Set(['windows']) })?.text, 'Stops at 14:00 CET');
    const others = windows.map((one) => ({ ...one, only: { team: 'web' } }));
    assert.equal(of({ windows: others })?.text, 'Stops at 14:00 CET', 'of other machines');
    const never = windows.map((one) => ({ ...one, days: [] }));
    assert.match(of({ windows: never })?.text ?? '', /but the change windows never allow that$/);
    const pause = { id: 'p', who: 'ada', why: 'a demo', createdAt: NOON, until: NOON + 8 * HOUR };
    assert.equal(of({ windows }, { pauses: [pause] })?.text, only, 'the pause ends earlier');
    const fleetLimits = [{ count: 1, perMs: HOUR }];
    const acts = new Map([['fleet', [{ operation: 'o', at: NOON + HOUR / 2, planned: true } as const]]]);
    const limited = 'Would stop at 14:00 CET, but the limit on automatic stops is reached until 14:30 CET';
    assert.equal(of({ fleetLimits }, { acts })?.text, limited);
    assert.equal(of({ fleetLimits })?.text, 'Stops at 14:00 CET');
    assert.equal(of({ fleetLimits, windows }, { acts })?.text, only, 'the limit has room by then');
  });

  test('of a machine that its own tag holds, also without a lease', () => {
    const kept = (text: string, state: Machine['state'] = 'running') =>
      view({ machine: machineWith({ state, tags: { 'ec2-operator:hold-until': text } }) }).kept;
    assert.deepEqual(kept('2026-11-22T18:00'), [{ by: 'tag', until: NOON + 5 * HOUR }]);
    assert.deepEqual(
      kept('for ever').map((one) => tellKept(one, READING)),
      ['Held by its tag'],
    );
    assert.deepEqual(kept('2026-11-22T13:00'), [], 'it ends right now');
  });

  test('of a state that is old: when it was seen', () => {
    const seen = (ago: number) => view({ machine: machineWith({ seenAt: NOON - ago }) }).seenAt;
    assert.deepEqual([seen(300_000), seen(300_001)], [undefined, NOON - 300_001]);
  });

  test('of a stopped machine: why it was stopped, unless that was undone', () => {
    const ended = { state: 'succeeded', reason: 'state_reached', message: 'it is stopped', endedAt: NOON } as const;
    const stopped: Operation = { ...STOP, ...ended };
    assert.match(view({ machine: off, last: stopped }).why ?? '', /^No GPU above 2 %/);
    assert.equal(view({ last: stopped }).why, undefined, 'it runs');
    const dry: Operation = { ...stopped, reason: 'dry_run', intent: intentWith({ dryRun: true }) };
    assert.equal(view({ machine: off, last: dry }).why, undefined, 'nothing was stopped');
    assert.equal(view({ machine: off, last: dry }).decision.text, 'Dry run: It is stopped.');
  });

  test('of what others have done since', () => {
    const ended = {
      state: 'refused',
      reason: 'opt_out',
      message: 'the tag forbids it',
      endedAt: NOON - 2 * HOUR,
    } as const;
    const last: Operation = { ...STOP, ...ended };
    assert.equal(view({ last }).decision.text, 'Stop refused. The tag forbids it.');
    const outside = machineWith({ why: { by: 'outside' } });
    assert.match(view({ machine: outside, last }).decision.text, /^Started outside ec2-operator/);
    assert.match(view({}).decision.text, /^It was running already/);
  });

  test('without the name of the machine, which stands before it', () => {
    const of = (message: string) =>
      view({ last: { ...STOP, state: 'succeeded', reason: 'state_reached', message, endedAt: NOON } }).decision.text;
    assert.equal(of(`gpu-1 (${ID}, eu-central-1a) is stopped`), 'It is stopped.');
    assert.equal(of(`${ID} (eu-central-1a) is stopped`), 'It is stopped.');
    assert.equal(
      of('gpu-2 (i-00000000000000002, eu-central-1a) is another'),
      'gpu-2 (i-00000000000000002, eu-central-1a) is another.',
    );
  });

  test('of the end of a request that was not met: which request, and why', () => {
    const of = (end: Pick<Extract<Operation, { state: 'cancelled' }>, 'state' | 'reason' | 'message'>) =>
      view({ last: { ...STOP, ...end, endedAt: NOON } }).decision.text;
    assert.equal(
      of({ state: 'cancelled', reason: 'by_person', message: 'cancelled by pia' }),
      'Stop cancelled by pia.',
    );
    assert.equal(
      of({
        state: 'cancelled',
        reason: 'resolved',
        message: 'the alert "Idle" (264734204e25c574) was resolved, and no other cause asks for it',
      }),
      'Stop cancelled. The alert "Idle" was resolved, and no other cause asks for it.',
    );
  });

  test('of what keeps it running, but for what is over', () => {
    assert.deepEqual(
      view({ hold: { ...HOLD, why: 'a demo' }, lease: LEASE }).kept.map((kept) => tellKept(kept, READING)),
      ['Kept by pia until 14:00 CET: “a demo”', 'Lease of pia until 14:00 CET'],
    );
    assert.deepEqual(view({ hold: { ...HOLD, until: NOON }, lease: { ...LEASE, isStopping: true } }).kept, []);
  });

  test('is harmless, whatever the tags say', () => {
    const { name, owner } = view({ machine: machineWith({ name: '\u202E\n\u200B', owner: 'a\u0000b\nc' }) });
    assert.equal(name, ID);
    assert.equal(owner, 'a b c');
  });
});
