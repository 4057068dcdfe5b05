/** A channel whose delivery is one request. */
import type { Channel, Delivered, Letter } from './channel.ts';
import { outcomeOf, post, type Post, type PostAnswer } from './post.ts';

/**
 * @param open reads the secrets, for each message @param render pure
 * @param read the outcome of the vendor's answer; pure
 */
export function requestChannel<S>(
  open: () => S,
  render: (settings: S, letter: Letter) => Post,
  read: (answer: PostAnswer) => Delivered = outcomeOf,
): Channel {
  return {
    deliver: async (letter, signal) => {
      const opened = opening(open);
      return 'outcome' in opened ? opened : post(render(opened.settings, letter), signal, read);
    },
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
