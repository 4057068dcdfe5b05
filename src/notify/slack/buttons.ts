/** The buttons under messages. */
import { KEEP_CHOICES, offeredKeeps, type KeepChoice } from '../../domain/keep-choices.ts';
import type { News, NoticeKind } from '../../domain/notice.ts';
import type { SlackBlock } from './blocks.ts';
import type { SlackRight } from './settings.ts';

/** What a press asks for. */
export type Press = { readonly press: 'keep'; readonly choice: KeepChoice } | { readonly press: 'start' | 'stop' };

export const RIGHT_OF: Readonly<Record<Press['press'], SlackRight>> = { keep: 'hold', start: 'start', stop: 'stop' };

/** What a message of a kind is answered by. A held machine is released before it is stopped, which no button does. */
const PRESSES: Readonly<Partial<Record<NoticeKind, readonly Press['press'][]>>> = {
  warning: ['keep', 'stop'],
  lease_ending: ['keep', 'stop'],
  kept: ['keep'],
  stopped: ['start'],
};

const ALL: ReadonlyMap<string, Press> = new Map<string, Press>([
  ...KEEP_CHOICES.map((choice) => [`keep_${choice}`, { press: 'keep', choice }] as const),
  ['stop', { press: 'stop' }],
  ['start', { press: 'start' }],
]);

export function readPress(action: string): Press | undefined {
  return ALL.get(action);
}

/** What can be pressed under a message about this news. */
export function pressesOf(news: News): ReadonlySet<Press['press']> {
  // A stop is asked for only where the message tells of one that is to come.
  if (news.kind === 'failed') return new Set(news.verb === 'start' ? ['start'] : []);
  return new Set(PRESSES[news.kind]);
}

export interface ButtonSettings {
  readonly may: ReadonlySet<SlackRight>;
  /** An IANA time zone. */
  readonly zone: string;
  /** How long machines may be held from now, in milliseconds. */
  readonly longestHoldMs: number;
}

/**
 * At most one block with the buttons of a message.
 *
 * @param notice its id: a press names the message by it, and the machine is read from the notice
 */
export function buttonsUnder(
  news: News,
  { id: notice, now }: { readonly id: string; readonly now: number },
  { may, zone, longestHoldMs }: ButtonSettings,
): readonly SlackBlock[] {
  const presses = [...pressesOf(news)].filter((press) => may.has(RIGHT_OF[press]));
  const elements = presses.flatMap((press) => {
    if (press === 'keep')
      return offeredKeeps({ now, zone }, longestHoldMs).map(({ choice, label }) =>
        button(label, `keep_${choice}`, notice),
      );
    if (press === 'start') return [button('Start', press, notice)];
    return [{ ...button('Stop now', press, notice), style: 'danger', confirm: CONFIRM_STOP }];
  });
  return elements.length === 0 ? [] : [{ type: 'actions', elements }];
}

const CONFIRM_STOP = {
  title: plainText('Stop it now?'),
  text: plainText('What runs on the machine ends. Its disks are kept.'),
  confirm: plainText('Stop now'),
  deny: plainText('Leave it running'),
  style: 'danger',
};

function button(label: string, action: string, value: string): object {
  return { type: 'button', text: plainText(label), action_id: action, value };
}

function plainText(text: string): object {
  return { type: 'plain_text', text, emoji: false };
}
