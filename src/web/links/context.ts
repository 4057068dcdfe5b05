/** What every page behind a link is made of. */
import type { LinkAbout } from '../../domain/message.ts';
import { tellNews } from '../../domain/message-texts.ts';
import { nameOf } from '../../domain/message-parts.ts';
import type { News } from '../../domain/notice.ts';
import { plain } from '../../domain/plain.ts';
import { aboutMove, groundsOf } from '../../domain/notices-of.ts';
import type { Prices } from '../../domain/price.ts';
import type { Reading } from '../../domain/told-time.ts';
import type { Seen } from '../../domain/link-view.ts';
import type { MachineNow } from '../../engine/look-now.ts';
import type { Operation } from '../../domain/operation.ts';
import type { SignedAbout } from '../../links/token.ts';
import type { Html } from '../page.ts';

export interface PageContext {
  readonly about: SignedAbout;
  readonly now: MachineNow;
  readonly reading: Reading;
  /** As the records name whoever has the link. */
  readonly holder: string;
  /** Of this page. */
  readonly nonce: string;
  readonly linkTo: (about: LinkAbout) => string;
  readonly prices: Prices;
  /** What has become of a press; absent for a page that was only opened. */
  readonly said?: Said;
}

export interface Said {
  readonly tone: 'good' | 'bad';
  readonly text: string;
  /** The script did not confirm the press, so the name is asked for. */
  readonly asksName?: true;
}

/** The contents of a page. */
export interface Shown {
  readonly title: string;
  readonly body: Html;
  /** Without script, the page is loaded again after so many seconds. */
  readonly again?: number;
}

export function seenOf({ located }: Pick<MachineNow, 'located'>): Seen {
  switch (located.located) {
    case 'machine':
      return located.instance;
    case 'unknown':
      return 'unknown';
    case 'refused':
      return located.reason === 'not_found' || located.reason === 'terminated' ? 'gone' : 'unknown';
  }
}

/** The machine, as EC2 or else the operation names it. */
export function machineOf({ about, now: { located, told, start } }: Pick<PageContext, 'about' | 'now'>): {
  readonly id: string;
  readonly name?: string;
} {
  const { id } = about.instance;
  const name = located.located === 'machine' ? located.instance.tags['Name'] : (told ?? start)?.instance?.name;
  return { id, ...(name === undefined || name === '' ? {} : { name }) };
}

/** In text: short, harmless, never empty. */
export function shownName(context: Pick<PageContext, 'about' | 'now'>): string {
  return nameOf(machineOf(context));
}

/** News in the words of the messages, whose readers have the same questions. */
export function tellPiece(news: News, reading: Reading): ToldPiece {
  const told = tellNews(news, { ...reading, hasLinks: true });
  return {
    title: plain(told.title, 150),
    text: told.text.map((each) => plain(each, 1_000)),
    facts: told.facts.flatMap(([name, value]) => {
      const shown = plain(value ?? '', 300);
      return shown === '' ? [] : [[name, shown] as const];
    }),
  };
}

export interface ToldPiece {
  readonly title: string;
  readonly text: readonly string[];
  readonly facts: readonly (readonly [name: string, value: string])[];
}

/** Undefined where the operation does not know its machine. */
export function hasInstance<O extends Operation>(
  operation: O,
): operation is O & { readonly instance: NonNullable<O['instance']> } {
  return operation.instance !== undefined;
}

export function stoppedNews(stop: Operation & { readonly endedAt: number }): News | undefined {
  if (!hasInstance(stop) || !('message' in stop)) return undefined;
  const { endedAt: at, message } = stop;
  return { kind: 'stopped', ...aboutMove({ after: stop, at }), ...groundsOf({ after: stop }), message };
}
