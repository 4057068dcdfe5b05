/** The other side of `child.ts`. */
import type * as z from 'zod';

/** Answers the questions of the process that forked this one, until that one lets go. */
export function answerQuestions<Q>(question: z.ZodType<Q>, answer: (asked: Q) => Promise<unknown>): void {
  const reply = async (message: unknown): Promise<void> => {
    try {
      process.send?.({ answer: await answer(question.parse(message)) });
    } catch (error) {
      process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  };
  process.on('message', (message) => void reply(message));
  process.on('disconnect', () => {
    process.exit();
  });
}
