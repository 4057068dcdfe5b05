/** The engine's part of the configuration. */
import type { Place } from '../domain/instance.ts';
import type { Verb } from '../domain/intent.ts';
import type { GuardSettings } from '../domain/guard-settings.ts';
import type { AddressPolicy } from '../domain/match.ts';
import type { Selector } from '../domain/selector.ts';
import type { Target } from '../domain/target.ts';

export interface EngineSettings {
  /** Names this configuration in history. */
  readonly version: string;
  /** Where to look. Empty: the place that the AWS client is set up for. */
  readonly places: readonly ConfiguredPlace[];
  /** Host names that are read from here instead of from DNS, lower case. */
  readonly hosts: ReadonlyMap<string, Target>;
  readonly addresses: AddressPolicy;
  /** Alerts may name machines by the tag `Name`, too; people always may. */
  readonly namesFromTags?: boolean;
  readonly guards: GuardSettings;
  /** The machines that alerts act on; on all others they are dry runs. Absent: they act on all. */
  readonly liveOnly?: Selector;
  /** How long after the request an operation may still begin, in milliseconds. */
  readonly giveUpMs: Readonly<Record<Verb, number>>;
  /** How long an instance may take to reach its state once EC2 has accepted the call, in milliseconds. */
  readonly verifyMs: Readonly<Record<Verb, number>>;
}

export interface ConfiguredPlace extends Place {
  /** The account's twelve digits. An intent may name the account by them. */
  readonly accountNumber?: string;
}
