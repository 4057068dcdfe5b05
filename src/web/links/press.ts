/** A press on the button of a page: whether a person made it. */
import type { ValidLink } from '../../links/links.ts';
import type { AnsweredMachine } from '../../engine/answers.ts';
import type { Said } from './context.ts';

export type ReadPress =
  /** `madeAt` is when the page was made, whose times the person has read. */
  | { readonly press: 'good'; readonly madeAt: number }
  | { readonly press: 'refused'; readonly why: PressFault; readonly said: Said };

export const PRESS_FAULTS = {
  young: 'the page was a moment old',
  old: 'the page was older than a day',
  wrong: 'the form of another page',
  unconfirmed: 'neither a trusted event nor the name of the machine',
} as const;
export type PressFault = keyof typeof PRESS_FAULTS;

const ADVICE: Readonly<Record<PressFault, string>> = {
  young: 'Nothing was changed: the button was pressed within two seconds, as programs do. Please press it once more.',
  old: 'Nothing was changed: this page was open for long. It is fresh now, please press the button once more.',
  wrong: 'Nothing was changed: the press came without the form of this page. Please press the button below.',
  unconfirmed:
    'Nothing was changed, because programs open links and press buttons, too. Please type what is asked for below, and press the button once more.',
};

/** @param names by any of which a person may confirm the press */
export function readPress(form: URLSearchParams, link: ValidLink, names: readonly string[]): ReadPress {
  const nonce = form.get('nonce') ?? '';
  const read = link.readNonce(nonce);
  if (read.nonce !== 'good') return refused(read.nonce);
  const typed = (form.get('name') ?? '').trim().toLowerCase();
  const isNamed = typed !== '' && names.some((name) => name.trim().toLowerCase() === typed);
  return isNamed || form.get('pressed') === nonce ? { press: 'good', madeAt: read.madeAt } : refused('unconfirmed');
}

function refused(why: PressFault): ReadPress {
  const asksName = why === 'unconfirmed' ? { asksName: true as const } : {};
  return { press: 'refused', why, said: { tone: 'bad', text: ADVICE[why], ...asksName } };
}

/** The machine of a link. */
export function answered({ id, region, account }: AnsweredMachine, name: string | undefined): AnsweredMachine {
  return {
    id,
    ...(name === undefined ? {} : { name }),
    ...(region === undefined ? {} : { region }),
    ...(account === undefined ? {} : { account }),
  };
}
