/** A message as every channel gets it: plain text, which each channel puts into its own form and escapes. */
import type { LinkPurpose } from './link-purpose.ts';
import { tellNews, type Told } from './message-texts.ts';
import { isAboutMachine, type MachineNews, type News, type NewsMachine, type NoticeKind } from './notice.ts';
import { plain } from './plain.ts';
import type { Reading } from './told-time.ts';

export interface Message {
  readonly kind: NoticeKind;
  /** At most 150 characters, in one line: the machine's name, and one absolute time with its zone. */
  readonly title: string;
  /** A few sentences in one paragraph. */
  readonly text: string;
  readonly facts: readonly Fact[];
  /** In the order in which they are offered. */
  readonly links: readonly MessageLink[];
  /** As its tags name it, harmless and short. Absent for a test and a digest. */
  readonly machine?: NewsMachine;
  readonly operation?: string;
  /** It goes without sound. */
  readonly isQuiet: boolean;
}

export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** `keep_now` is for the action of ntfy alone: its POST acts without a page. */
export interface MessageLink {
  readonly purpose: LinkPurpose;
  /** The text of its button. */
  readonly label: string;
  readonly url: string;
}

/** What a link is signed for. */
export interface LinkAbout {
  readonly purpose: LinkPurpose;
  readonly instance: Pick<NewsMachine, 'id' | 'name' | 'region' | 'account'>;
  readonly operation?: string;
  /** The notice's. */
  readonly subject: string;
  /** The owner's e-mail address. Absent: whoever reads the channel. */
  readonly recipient?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface MessageSettings extends Reading {
  readonly isQuiet: boolean;
  /** Of the notice, for its links. */
  readonly subject: string;
  readonly recipient?: string;
  /** Absent without a public URL: the message then names commands instead. */
  readonly linkTo?: (about: LinkAbout) => string;
  /** The address at which people reach the server; absent as `linkTo` is. */
  readonly publicUrl?: string;
  /** The channel can show a link that acts by itself (`keep_now`). No page, mail or other channel may carry it. */
  readonly mayAct?: boolean;
}

export const MAX_TITLE = 150;
export const MAX_TEXT = 1_500;
const MAX_FACT = 300;

export function messageOf(news: News, settings: MessageSettings): Message {
  const { zone, now, isQuiet, linkTo, recipient } = settings;
  const told = tellNews(news, {
    zone,
    now,
    hasLinks: linkTo !== undefined,
    isShared: recipient === undefined,
  });
  return {
    kind: news.kind,
    title: plain(told.title, MAX_TITLE),
    text: plain(told.text.join(' '), MAX_TEXT),
    facts: told.facts.flatMap(([name, value]) => {
      const shown = plain(value ?? '', MAX_FACT);
      return shown === '' ? [] : [{ name, value: shown }];
    }),
    links: isAboutMachine(news) ? linksOf(news, told, settings) : pageLinks(news, settings),
    ...(isAboutMachine(news) ? { machine: harmless(news.machine), operation: news.operation } : {}),
    isQuiet,
  };
}

/** The page behind it asks for a login: what a week has saved is not for everybody who gets hold of a message. */
function pageLinks(news: News, { publicUrl }: MessageSettings): readonly MessageLink[] {
  if (news.kind !== 'digest' || publicUrl === undefined) return [];
  const [since, until] = [news.since, news.at].map((at) => encodeURIComponent(new Date(at).toISOString()));
  const mine = news.about === 'own' ? '&mine=true' : '';
  return [
    {
      purpose: 'see',
      label: 'See the savings',
      url: `${publicUrl}/savings?since=${since}&until=${until}&by=machine${mine}`,
    },
  ];
}

function linksOf(
  { machine: { id, name, region, account }, operation }: MachineNews,
  { links }: Told,
  { linkTo, subject, recipient, mayAct = false }: MessageSettings,
): readonly MessageLink[] {
  if (linkTo === undefined) return [];
  const instance = {
    id,
    ...(name === undefined ? {} : { name }),
    ...(region === undefined ? {} : { region }),
    ...(account === undefined ? {} : { account }),
  };
  return links
    .filter(({ purpose }) => mayAct || purpose !== 'keep_now')
    .map(({ purpose, label, expiresAt }) => ({
      purpose,
      label,
      url: linkTo({
        purpose,
        instance,
        operation,
        subject,
        ...(recipient === undefined ? {} : { recipient }),
        expiresAt,
      }),
    }));
}

/** The longest parts that AWS and the configuration allow are shorter, except for tags. */
const MAX_PART = 100;

function harmless(machine: NewsMachine): NewsMachine {
  const { id, ...texts } = machine;
  const parts = Object.entries(texts)
    .map(([key, value]) => [key, plain(value, MAX_PART)] as const)
    .filter(([, value]) => value !== '');
  return { id: plain(id, MAX_PART), ...Object.fromEntries(parts) };
}
