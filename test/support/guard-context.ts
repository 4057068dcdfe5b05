/** What a guard is asked, ordinary but for what a test says. */
import type { GuardSettings } from '../../src/domain/guard-settings.ts';
import type { Instance } from '../../src/domain/instance.ts';
import type { Intent } from '../../src/domain/intent.ts';
import type { Evidence, GuardContext } from '../../src/domain/verdict.ts';
import { GUARD_SETTINGS, instanceWith, intentWith, NOON } from './operation.ts';

export interface ContextChange {
  readonly intent?: Partial<Intent>;
  readonly instance?: Partial<Instance>;
  readonly settings?: Partial<GuardSettings>;
  readonly now?: number;
  readonly acts?: Readonly<Record<string, readonly number[]>>;
  readonly firing?: Evidence['firing'];
  readonly copies?: Evidence['copies'];
  readonly needed?: Evidence['needed'];
  readonly own?: Evidence['own'];
  readonly voice?: Evidence['voice'];
  readonly warned?: GuardContext['warned'];
  readonly told?: Evidence['told'];
}

export function contextWith({
  intent,
  instance,
  settings,
  now = NOON,
  acts = {},
  firing,
  copies,
  needed,
  own,
  voice,
  warned,
  told,
}: ContextChange): GuardContext {
  return {
    intent: intentWith(intent),
    instance: instanceWith(instance),
    now,
    settings: { ...GUARD_SETTINGS, ...settings },
    ...(warned === undefined ? {} : { warned }),
    evidence: {
      acts: new Map(Object.entries(acts)),
      ...(firing === undefined ? {} : { firing }),
      ...(copies === undefined ? {} : { copies }),
      ...(needed === undefined ? {} : { needed }),
      ...(own === undefined ? {} : { own }),
      ...(voice === undefined ? {} : { voice }),
      ...(told === undefined ? {} : { told }),
    },
  };
}
