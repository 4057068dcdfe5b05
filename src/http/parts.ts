/** The parts of the server that routes use. */
import type { ShownConfig } from '../config/show.ts';
import type { HoldSettings } from '../domain/admit-hold.ts';
import type { DigestTime } from '../domain/digest-time.ts';
import type { OnResolved } from '../domain/guard-settings.ts';
import type { Client, Intent } from '../domain/intent.ts';
import type { LabelSettings } from '../domain/labels.ts';
import type { Operation } from '../domain/operation.ts';
import type { Prices } from '../domain/price.ts';
import type { SurveyFilter } from '../domain/survey-filter.ts';
import type { TellingSettings } from '../domain/telling.ts';
import type { Answers } from '../engine/answers.ts';
import type { Intake } from '../engine/intake.ts';
import type { Locate } from '../engine/locate.ts';
import type { Outlook } from '../engine/plan.ts';
import type { EngineSettings } from '../engine/settings.ts';
import type { LookNow } from '../engine/look-now.ts';
import type { KnownStops } from '../engine/known-stops.ts';
import type { Links } from '../links/links.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Observer } from '../observe/observer.ts';
import type { SlackDoor } from '../notify/slack/door.ts';
import type { OpenidDoor } from '../openid/door.ts';
import type { Store } from '../store/port.ts';
import type { ReadJson } from './body.ts';
import type { Enter } from './room.ts';
import type { SharedRows } from '../web/machines/shared-rows.ts';
import type { EventStreams } from './event-streams.ts';
import type { Live } from './live.ts';
import type { KnownActs } from './brakes.ts';
import type { KnownPauses } from './known-pauses.ts';
import type { FewLines } from './auth/few-lines.ts';
import type { Auth } from './auth/create-auth.ts';

export interface HttpParts extends Auth {
  readonly store: Pick<
    Store,
    | 'find'
    | 'findIds'
    | 'rehearsed'
    | 'judgements'
    | 'trail'
    | 'trails'
    | 'hasAskedFor'
    | 'list'
    | 'audit'
    | 'cancel'
    | 'previewAdmission'
    | 'hold'
    | 'releaseHolds'
    | 'holds'
    | 'beginPause'
    | 'endPause'
    | 'pauses'
    | 'openOn'
    | 'lease'
    | 'changeLease'
    | 'endLease'
    | 'leases'
    | 'notices'
    | 'notice'
    | 'addNotices'
    | 'rotateLinkKey'
    | 'machines'
    | 'countMachines'
    | 'machine'
    | 'machineRows'
    | 'intervals'
    | 'stops'
    | 'alertSpans'
  >;
  /** Records a delivery, whole or not at all, and wakes the worker. */
  readonly intake: Intake;
  /** Resolves with the operation once it satisfies `enough`, or as it is after `waitMs`; undefined if there is none. */
  readonly awaitOperation: (
    id: string,
    enough: (operation: Operation) => boolean,
    waitMs: number,
  ) => Promise<Operation | undefined>;
  /** Which machines of a place are watched, and shown. */
  readonly survey: SurveyFilter;
  /** Wakes the worker. */
  readonly nudge: () => void;
  readonly locate: Locate;
  /** For people without a token. */
  readonly answers: Answers;
  /** Absent where no channel takes signed requests of Slack. */
  readonly slack?: SlackDoor;
  /** Absent where no OpenID provider is configured. */
  readonly openid?: OpenidDoor;
  readonly holds: HoldSettings;
  readonly prices: Prices;
  readonly savings: SavingsParts;
  /** Whom the channels reach, the time zone of what they tell, and when they tell of a week. */
  readonly telling: TellingSettings & { readonly zone: string; readonly digest: DigestTime };
  /** Absent without a public URL. */
  readonly links?: Links;
  readonly lookNow: LookNow;
  /** Whether a press by the link with this token counts, or there were too many. */
  readonly mayPress: (token: string) => boolean;
  /** The configuration in force, without what helps an attacker. */
  readonly shownConfig: ShownConfig;
  /** The places of machines, and the settings of the guards. */
  readonly engine: EngineSettings;
  readonly about: { readonly version: string; readonly database: 'SQLite' | 'PostgreSQL' };
  /** The IANA time zone of the times that pages show. */
  readonly zone: string;
  /** The outlook of intents, as of now. */
  readonly plan: (intents: readonly Intent[]) => Promise<readonly Outlook[]>;
  /** @throws StoreUnavailableError while nothing can be stored */
  readonly checkStore: () => Promise<void>;
  readonly isWorkerHealthy: () => boolean;
  readonly pauses: KnownPauses;
  readonly knownActs: KnownActs;
  readonly eventStreams: EventStreams;
  readonly sharedRows: SharedRows;
  readonly catchUp: Live['catchUp'];
  readonly readJson: ReadJson;
  /** For bodies that are read before their sender is authenticated, by the sender's address. */
  readonly enterAsStranger: Enter;
  readonly defaultClient: Client;
  /** Whether resolved alerts may stop machines, and how that is confirmed. */
  readonly resolvedStops: OnResolved['stops'];
  /** How long the lease of a person's start is if she does not say; absent: no lease. In milliseconds. */
  readonly defaultLeaseMs?: number;
  readonly labels: LabelSettings;
  /** Whether alerts may name machines by the tag `Name`. */
  readonly tagNames: boolean;
  readonly observer: Observer;
  readonly metrics: Metrics;
  readonly log: Log;
  /** For log lines that senders without a token cause. */
  readonly warnSparingly: FewLines;
  readonly clock: () => number;
}

export interface SavingsParts {
  readonly stops: KnownStops;
  /** As `savings.cap`, in milliseconds. */
  readonly capMs: number;
}
