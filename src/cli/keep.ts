/** Keeps a machine while something goes on: makes a hold, renews it, and releases it. */
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import type { Environment } from '../config/environment.ts';
import { INSTANCE_ID } from '../domain/target.ts';
import { CommandError, EXIT } from './command-error.ts';
import type { Screen } from './screen.ts';
import { openServer } from './server.ts';
import { clockOf } from './show-view.ts';

/** A client that dies loses its hold after this time. */
const HOLD = '5m';
const RENEW_MS = 60_000;
/** After failures in a row: a restart of the server is short, and anything else may last. */
const RETRIES_MS = [1_000, 4_000, 15_000] as const;
/** How long the work that is done waits for the release, in milliseconds. */
const PATIENCE_MS = 3_000;

const holdAnswer = z.looseObject({
  hold: z.looseObject({ instance: z.string(), until: z.string() }),
  message: z.string().optional(),
  tooLate: z.looseObject({ message: z.string() }).optional(),
});
const releaseAnswer = z.looseObject({});

export interface KeepOptions {
  readonly environment: Environment;
  readonly screen: Screen;
  /** Names the machine. Asked again as long as it fails. @throws CommandError */
  readonly findTarget: () => Promise<string>;
  /** Distinguishes this hold from others by the same token. */
  readonly holder: string;
  readonly why: string;
  /** Said of what goes on all the same, such as "the command goes on". */
  readonly meanwhile: string;
  /** In milliseconds; a minute by default. */
  readonly renewMs?: number;
}

export interface Keeping {
  /** Resolves when the server has released the hold, or after a few seconds. */
  readonly release: () => Promise<void>;
}

/** Begins beside the caller's work, and never fails. Trouble is told on standard error, each kind once until it is over. */
export function keepMachine(options: KeepOptions): Keeping {
  const { screen, holder, why, meanwhile, renewMs = RENEW_MS } = options;
  const over = new AbortController();
  /** The kinds of trouble that have been told. */
  const told = new Set<string>();
  /** The server's remarks, which it may repeat at each renewal. */
  const said = new Set<string>();
  let instance: string | undefined;
  let until: string | undefined;
  let target: string | undefined;

  async function renew(): Promise<void> {
    target ??= await options.findTarget();
    if (INSTANCE_ID.test(target)) instance ??= target;
    const body = JSON.stringify({ target: instance ?? target, for: HOLD, why, holder });
    const { hold, message, tooLate } = await ask(options).ask(holdAnswer, {
      method: 'POST',
      path: 'api/v1/holds',
      body,
    });
    ({ instance, until } = hold);
    if (told.size > 0) screen.note([`ec2-operator: ${instance} is held again, until ${clockOf(until)}`]);
    told.clear();
    for (const news of [message, tooLate?.message]) {
      if (news === undefined || said.has(news)) continue;
      said.add(news);
      screen.note([`ec2-operator: ${news}`]);
    }
  }

  function tell(error: CommandError): void {
    const kind = `${error.exitCode} ${error.status ?? ''}`;
    if (told.has(kind)) return;
    told.add(kind);
    const isHeld = until !== undefined && Date.parse(until) > Date.now();
    const what = isHeld
      ? `the hold of ${instance ?? ''} is not renewed, and ends at ${clockOf(until ?? '')}`
      : 'the machine is not held';
    screen.note([`ec2-operator: ${what}: ${error.message}. ${meanwhile}, and the hold is tried again`]);
  }

  async function attempt(): Promise<boolean> {
    try {
      await renew();
      return true;
    } catch (error) {
      if (!over.signal.aborted) tell(asCommandError(error));
      return false;
    }
  }

  async function keep(): Promise<void> {
    let failures = 0;
    while (!over.signal.aborted) {
      failures = (await attempt()) ? 0 : failures + 1;
      const pauseMs = RETRIES_MS[failures - 1] ?? renewMs;
      await setTimeout(pauseMs, undefined, { signal: over.signal }).catch(() => undefined);
    }
  }

  const kept = keep();
  return {
    release: async () => {
      over.abort();
      // A hold that is still being made would outlive its release.
      const isSettled = await Promise.race([kept.then(() => true), setTimeout(PATIENCE_MS, false, { ref: false })]);
      if (!isSettled)
        screen.note([
          `ec2-operator: a hold was still being made: ${instance ?? target ?? 'the machine'} may stay held for ${HOLD}`,
        ]);
      if (instance === undefined) return;
      try {
        await ask(options).ask(releaseAnswer, {
          method: 'DELETE',
          path: `api/v1/holds/${instance}`,
          query: { holder },
          patienceMs: PATIENCE_MS,
        });
      } catch (error) {
        if (until === undefined || asCommandError(error).status === 404) return;
        const { message } = asCommandError(error);
        screen.note([`ec2-operator: ${instance} is not released, and stays held until ${clockOf(until)}: ${message}`]);
      }
    },
  };
}

/** Opened for each request: the file of the token may be replaced meanwhile. */
function ask({ environment }: KeepOptions): ReturnType<typeof openServer> {
  return openServer({ environment, signal: new AbortController().signal });
}

function asCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  return new CommandError(EXIT.failed, error instanceof Error ? error.message : String(error), { cause: error });
}
