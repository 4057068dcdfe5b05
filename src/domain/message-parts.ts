/** The parts that the texts of messages share. */
import type { CauseKind } from './cause.ts';
import type { NewsMachine } from './notice.ts';
import { plain } from './plain.ts';
import { describePlace } from './instance.ts';
import { tellTime, tellTimesIn, type Reading } from './told-time.ts';
import { tellHolder } from './voice.ts';
import type { LinkPurpose } from './link-purpose.ts';

export interface Reader extends Reading {
  readonly hasLinks: boolean;
  /** Every reader of a channel may answer, not only the machine's owner. */
  readonly isShared?: boolean;
}

/** The words of a message, before they are made harmless and short. */
export interface Told {
  readonly title: string;
  readonly text: readonly string[];
  /** Those without a value are left out. */
  readonly facts: readonly (readonly [name: string, value: string | undefined])[];
  readonly links: readonly OfferedLink[];
}

interface OfferedLink {
  readonly purpose: LinkPurpose;
  readonly label: string;
  readonly expiresAt: number;
}

const HOUR_MS = 3_600_000;

/** How long links are of use, in milliseconds. */
export const deadline = { keep: 24 * HOUR_MS, wake: 14 * 24 * HOUR_MS } as const;

/** Leaves room for the rest of the title. */
const MAX_NAME = 60;

export function nameOf({ name = '', id }: NewsMachine): string {
  return plain(name, MAX_NAME) || plain(id, MAX_NAME);
}

export function seeLink(at: number): OfferedLink {
  return { purpose: 'see', label: 'See why', expiresAt: at + deadline.wake };
}

export function wakeLink(label: string, at: number): OfferedLink {
  return { purpose: 'wake', label, expiresAt: at + deadline.wake };
}

/** Without links people have only the command line. The id needs no quotes, and is never ambiguous. */
export function byCommand({ hasLinks }: Reader, command: string): readonly string[] {
  return hasLinks ? [] : [command];
}

interface Grounds {
  readonly cause: CauseKind;
  readonly by: string;
  readonly evidence?: string;
  readonly since?: number;
}

const MAX_BY = 60;
const MAX_EVIDENCE = 400;

/** Why it stops, or was stopped, as the alert words it. */
export function tellGrounds({ cause, by, evidence = '', since }: Grounds, reader: Reader, isOver = false): string {
  const when = since === undefined ? undefined : tellTime(since, reader);
  switch (cause) {
    case 'alert': {
      const seen = plain(tellTimesIn(evidence, reader), MAX_EVIDENCE);
      const source = `${plain(by, MAX_BY) || 'without a name'}${when === undefined ? '' : ` since ${when}`}`;
      return seen === '' ? `Why: alert ${source}.` : `${seen.replace(/[.\s]+$/, '')} (alert ${source}).`;
    }
    case 'person':
      return `${plain(by, MAX_BY) || 'A person'} asked for it.`;
    case 'lease':
      return `The lease of ${plain(tellHolder({ who: by }), MAX_BY)}${when === undefined ? '' : `, made at ${when},`} ${isOver ? 'has ended' : 'ends then'}.`;
  }
}

/** What a stop takes, and what it leaves. */
export function tellLost({ losesDisk = false }: { readonly losesDisk?: boolean }): string {
  const lost = losesDisk
    ? 'what runs on it, its memory, and its local scratch disk'
    : 'what runs on it, and its memory';
  return `Lost then: ${lost}. Kept: ${losesDisk ? 'its other disks' : 'its disks'}. Its public address may change.`;
}

/** Of a machine that is stopped. */
export function tellEnded({ losesDisk = false }: { readonly losesDisk?: boolean }): string {
  return losesDisk
    ? 'What ran on it has ended, and its local scratch disk was erased. Its other disks are safe.'
    : 'What ran on it has ended. Its disks are safe.';
}

/** The alert's name, and since when it fires. */
export function onlyCause({ cause, by, since }: Grounds, reader: Reader): Told['facts'] {
  const when = since === undefined ? undefined : tellTime(since, reader);
  switch (cause) {
    case 'alert':
      return [
        ['Alert', by],
        ['Since', when],
      ];
    case 'person':
      return [['Asked by', by]];
    case 'lease':
      return [
        ['Lease of', tellHolder({ who: by })],
        ['Made', when],
      ];
  }
}

export function machineFacts({ id, name, type, owner, region, account, hourly }: NewsMachine): Told['facts'] {
  const place = {
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
  };
  const shown = plain(name ?? '', MAX_NAME);
  return [
    ['Machine', shown === '' ? id : `${shown} (${id})`],
    ['Owner', owner],
    ['Type', type],
    ['Costs an hour', hourly],
    ['Place', describePlace(place)],
  ];
}
