/** Intents, operations and instances as the domain's own tests need them: ordinary, but for what a test says. */
import type { Instance } from '../../src/domain/instance.ts';
import { loadConfig } from '../../src/config/load.ts';
import { engineSettings } from '../../src/settings.ts';
import type { GuardSettings } from '../../src/domain/guard-settings.ts';
import type { AlertCause, PersonCause } from '../../src/domain/cause.ts';
import type { Intent } from '../../src/domain/intent.ts';
import type { Queued } from '../../src/domain/operation.ts';
import type { Hold, Lease, Pause } from '../../src/domain/voice.ts';

/** 2026-11-22T12:00:00Z. */
export const NOON = Date.UTC(2026, 10, 22, 12);
export const HOUR = 3_600_000;

export function instanceWith(change: Partial<Instance> = {}): Instance {
  return {
    id: 'i-00000000000000001',
    place: { region: 'eu-central-1' },
    state: 'running',
    launchedAt: NOON - 24 * HOUR,
    type: 'g5.xlarge',
    availabilityZone: 'eu-central-1a',
    tags: {},
    addresses: { primary: '10.0.0.1', secondary: [], public: [], ipv6: [], secondaryIpv6: [] },
    rootDevice: 'ebs',
    ...change,
  };
}

/** An alert that began an hour before noon. */
export const BY_ALERT: AlertCause = { by: 'alert', fingerprint: 'f1', alertname: 'UnusedGPU', beganAt: NOON - HOUR };
export const BY_PERSON: PersonCause = { by: 'person', name: 'anna', beganAt: NOON };

export const HOLD: Hold = {
  instance: 'i-00000000000000001',
  holder: 'pia',
  who: 'pia',
  since: NOON - HOUR,
  until: NOON + HOUR,
};
export const LEASE: Lease = {
  id: 'lease-1',
  instance: 'i-00000000000000001',
  since: NOON - HOUR,
  until: NOON + HOUR,
  lengthMs: 2 * HOUR,
  who: 'pia',
};
export const PAUSE: Pause = { id: 'pause-1', who: 'pia', why: 'a demo', createdAt: NOON - HOUR };

/** As they are when nothing is configured. */
export const GUARD_SETTINGS: GuardSettings = engineSettings(loadConfig({})).guards;

export function intentWith(change: Partial<Intent> = {}): Intent {
  const id = 'i-00000000000000001';
  return {
    verb: 'stop',
    target: { kind: 'instance', id, text: id },
    client: 'native',
    dryRun: false,
    cause: BY_ALERT,
    ...change,
  };
}

export function queuedWith(change: Partial<Queued> = {}): Queued {
  return { state: 'queued', id: 'operation-1', intent: intentWith(), createdAt: NOON, attempts: 0, ...change };
}
