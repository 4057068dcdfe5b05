/** A part of the benchmark in a process of its own, which answers one question at a time. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import * as z from 'zod';

export interface Child extends AsyncDisposable {
  /** @throws Error with what the child says, or when it has ended */
  readonly ask: <T>(question: object, answer: z.ZodType<T>) => Promise<T>;
}

const replySchema = z.union([z.object({ answer: z.unknown() }), z.object({ error: z.string() })]);

/** @param name of a file in `children/`, without its extension */
export function startChild(name: string): Child {
  const file = path.join(import.meta.dirname, 'children', `${name}.ts`);
  const child = fork(file, { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  return {
    ask: async (question, schema) => {
      const replied = Promise.withResolvers<unknown>();
      child.once('message', replied.resolve);
      child.send(question);
      const reply = replySchema.parse(await Promise.race([replied.promise, failOnExit(exited, name)]));
      if ('error' in reply) throw new Error(`${name}: ${reply.error}`);
      return schema.parse(reply.answer);
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return;
      child.disconnect();
      await exited;
    },
  };
}

async function failOnExit(exited: Promise<unknown>, name: string): Promise<never> {
  await exited;
  throw new Error(`the process "${name}" of the benchmark has ended`);
}
