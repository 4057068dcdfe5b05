/** What the buttons of pages do. */
import { limitsOn } from '../../domain/admit-hold.ts';
import { KEEP_CHOICES, keptUntil } from '../../domain/keep-choices.ts';
import { isOpen, mayHaveBeenSent } from '../../domain/operation.ts';
import { tellTime, type Reading } from '../../domain/told-time.ts';
import { tellSentence } from '../../domain/told-sentence.ts';
import type { Answerer, AnsweredMachine, AskAnswer, KeepAnswer } from '../../engine/answers.ts';
import type { MachineNow } from '../../engine/look-now.ts';
import type { HttpParts } from '../../http/parts.ts';
import type { SignedAbout } from '../../links/token.ts';
import type { Said } from './context.ts';

/** What a press has come to. `isDone` is false where the rules or the time have refused it. */
export interface Acted {
  readonly said: Said;
  readonly isDone: boolean;
}

/** Who answers by a link: its recipient, or whoever reads the channel. */
export function answererOf({ recipient, channel }: SignedAbout, remote: string): Answerer {
  const reader = channel === undefined ? 'a person' : `a reader of ${channel}`;
  return { name: recipient ?? reader, remote, via: 'link' };
}

/** @param madeAt the times of the choices are counted from there: pressed twice, they are the same */
export async function pressKeep(
  { answers }: Pick<HttpParts, 'answers'>,
  machine: AnsweredMachine,
  by: Answerer,
  asked: { readonly choice: string | null; readonly madeAt: number; readonly reading: Reading },
): Promise<Acted> {
  const { reading, madeAt } = asked;
  const choice = KEEP_CHOICES.find((known) => known === asked.choice);
  if (choice === undefined) return refuse('Nothing was changed: please press one of the buttons.');
  const until = keptUntil(choice, { now: madeAt, zone: reading.zone });
  return tellKept(await answers.keep(machine, until, by), until, reading);
}

/** Of a button that acts without a page: how long, counted from the announced stop. In milliseconds. */
const AT_ONCE_MS = 4 * 60 * 60_000;

export async function keepAtOnce(
  { answers, holds }: Pick<HttpParts, 'answers' | 'holds'>,
  machine: AnsweredMachine,
  by: Answerer,
  asked: { readonly stopsAt: number; readonly now: MachineNow; readonly reading: Reading },
): Promise<Acted> {
  const { located } = asked.now;
  const { longestMs } = limitsOn(located.located === 'machine' ? located.instance : undefined, holds);
  const until = Math.min(asked.stopsAt + AT_ONCE_MS, asked.reading.now + longestMs);
  return tellKept(await answers.keep(machine, until, by), until, asked.reading);
}

function tellKept(answer: KeepAnswer, asked: number, reading: Reading): Acted {
  switch (answer.answer) {
    case 'kept': {
      const until = tellTime(answer.hold.until, reading);
      if (answer.idle === undefined)
        return done(`It is kept until ${until}${answer.hold.until > asked ? ' already' : ''}.`);
      return refuse(`It is ${answer.idle}, and keeping it does not start it.`);
    }
    case 'too_late':
      return refuse(`Too late: ${tellSentence(answer.tooLate.message.replace(/;.*/, ''), reading)}`);
    case 'refused':
      return refuse(tellSentence(answer.message, reading));
  }
}

/** EC2 answers within a few hundred milliseconds; the page shows the rest as it comes. */
const WAKE_WAIT_MS = 800;

/** @param madeAt the page was made then */
export async function pressWake(
  { answers }: Pick<HttpParts, 'answers'>,
  machine: AnsweredMachine,
  by: Answerer,
  asked: { readonly now: MachineNow; readonly madeAt: number; readonly reading: Reading },
): Promise<Acted> {
  const { now, madeAt, reading } = asked;
  const { start } = now;
  if (start === undefined || !isOpen(start)) {
    // A person's start ends a stop that waits: it would keep the machine, whatever the rules of holds say.
    if (runs(now)) return done('It was running already.');
    // Browsers send a form once more when a page is loaded again, days later, too.
    if (start !== undefined && start.createdAt >= madeAt)
      return refuse(
        'Nothing was changed: this page is old, and the machine was to start since. Please press once more.',
      );
  }
  const answer: AskAnswer = await answers.wake(machine, by, WAKE_WAIT_MS);
  switch (answer.answer) {
    case 'asked':
      return done('You need not press again, and may close this page: it goes on by itself.');
    case 'already':
      return done('It was running already.');
    case 'refused':
      return refuse(tellSentence(answer.message, reading));
  }
}

/** Also while it starts. Once a stop was sent, it does not run for long. */
function runs({ located, stop }: MachineNow): boolean {
  if (located.located !== 'machine' || (stop !== undefined && mayHaveBeenSent(stop))) return false;
  return located.instance.state === 'running' || located.instance.state === 'pending';
}

/** Asks that the channel of the link be told once the machine is ready. */
export async function pressTell(
  { store, clock }: Pick<HttpParts, 'store' | 'clock'>,
  { channel, recipient }: SignedAbout,
  { start }: Pick<MachineNow, 'start'>,
  machine: AnsweredMachine,
): Promise<Acted> {
  if (channel === undefined || start === undefined || !isOpen(start))
    return refuse('There is nothing to tell: no start is under way.');
  const now = clock();
  const address = { channel, ...(recipient === undefined ? {} : { recipient }) };
  await store.addNotices(
    [
      {
        ...address,
        news: {
          kind: 'ready',
          at: now,
          machine: { ...machine },
          operation: start.id,
          addresses: [],
          since: start.createdAt,
        },
        // As of the notice that the end of the start writes where the channel is told of it anyway.
        subject: start.id,
        thread: start.id,
        availableAt: now,
      },
    ],
    now,
  );
  return done(recipient === undefined ? `You are told in ${channel}.` : `You are told at ${recipient}.`);
}

function done(text: string): Acted {
  return { isDone: true, said: { tone: 'good', text } };
}

function refuse(text: string): Acted {
  return { isDone: false, said: { tone: 'bad', text } };
}
