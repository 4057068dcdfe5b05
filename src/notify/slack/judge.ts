/** Whether a press counts. */
import type { Notice } from '../../domain/notice.ts';
import { pressesOf, readPress, RIGHT_OF, type Press } from './buttons.ts';
import type { Click } from './payloads.ts';
import { referenceOf } from './reference.ts';
import type { SlackBot } from './settings.ts';

/** Where a press has to come from. */
export interface Home {
  readonly team: string;
  /** Absent where the app's id is not known: the signature, or the connection, is the app's own then. */
  readonly app?: string;
}

export type Judgement =
  | { readonly counts: true; readonly press: Press }
  /** `why` is for the person, and for the log. */
  | { readonly counts: false; readonly why: string };

/** @returns why nothing from there counts; undefined if it does */
export function strangeness({ teams, app }: Pick<Click, 'teams' | 'app'>, home: Home): string | undefined {
  if (teams.some((team) => team !== home.team)) return 'only people of the workspace of ec2-operator can answer';
  if (home.app !== undefined && app !== home.app) return 'the answer came from another app';
  return undefined;
}

/** @param notice that the press names; undefined where there is none, or none of a channel of this app */
export function judgeClick(
  click: Click,
  {
    notice,
    bot,
    home,
    isOpen,
  }: {
    readonly notice?: Notice | undefined;
    readonly bot?: SlackBot | undefined;
    readonly home: Home;
    /** Whether the operation that the notice tells of has not ended. */
    readonly isOpen: boolean;
  },
): Judgement {
  const strange = strangeness(click, home);
  if (strange !== undefined) return no(strange);
  const { messages, channel } = click;
  const isOurs = messages.some((ts) => referenceOf(channel, ts) === notice?.reference);
  if (notice === undefined || bot === undefined || !isOurs)
    return no('ec2-operator does not know this message (any more): use the newest message about the machine');
  if (bot.channel !== undefined && bot.channel !== channel)
    return no('ec2-operator uses another channel now: use the newest message about the machine there');
  const press = readPress(click.action);
  if (press === undefined || !pressesOf(notice.news).has(press.press)) return no('this message has no such button');
  const right = RIGHT_OF[press.press];
  if (!bot.may.has(right))
    return no(`people may not ${right} machines from this channel (may: [${[...bot.may].join(', ')}])`);
  // The machine may have been started since, for work of which the message knows nothing.
  if (press.press === 'stop' && !isOpen)
    return no('the stop of which this message tells is over: to stop the machine, use the newest message about it');
  return { counts: true, press };
}

function no(why: string): Judgement {
  return { counts: false, why };
}
