/** A channel whose delivery is one request. */
import type { Channel, Delivered, Finding, Letter } from './channel.ts';
import { outcomeOf, post, type Post, type PostAnswer } from './post.ts';

/**
 * @param open reads the secrets, for each message @param render pure
 * @param read the outcome of the vendor's answer; pure
 * @param question asks the vendor whether messages would arrive, where it can tell without one
 */
export function requestChannel<S>(
  open: () => S,
  render: (settings: S, letter: Letter) => Post,
  read: (answer: PostAnswer) => Delivered = outcomeOf,
  question?: (settings: S) => Question,
): Channel {
  return {
    deliver: async (letter, signal) => {
      const opened = opening(open);
      return 'outcome' in opened ? opened : post(render(opened.settings, letter), signal, read);
    },
    examine: async (signal) => examineBy(open, signal, question),
  };
}

/** @returns why a secret cannot be read: it is tried again, because the file may be repaired */
export function opening<S>(open: () => S): { readonly settings: S } | (Delivered & { readonly outcome: 'later' }) {
  try {
    return { settings: open() };
  } catch (error) {
    return { outcome: 'later', error: error instanceof Error ? error.message : 'its secret cannot be read' };
  }
}

/** A request that shows whether messages would arrive, and sends none. */
export interface Question extends Post {
  /** What is so if the vendor agrees. */
  readonly yes: string;
  readonly remedy: string;
}

export async function examineBy<S>(
  open: () => S,
  signal: AbortSignal,
  question?: (settings: S) => Question,
): Promise<readonly Finding[]> {
  const opened = opening(open);
  if ('outcome' in opened) return [{ level: 'fail', message: opened.error }];
  if (question === undefined)
    return [{ level: 'ok', message: 'its settings can be used; a test shows whether messages arrive' }];
  const { yes, remedy, ...request } = question(opened.settings);
  const answer = await post(request, signal);
  return answer.outcome === 'sent'
    ? [{ level: 'ok', message: yes }]
    : [{ level: 'fail', message: answer.error, remedy }];
}
