/** The life of the demo's fleet: machines go idle and busy, and people keep, stop and start them, also past the operator. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Sandbox } from '../sandbox/server.ts';
import { OPENING, pickScene } from './scenes.ts';
import { createStage } from './stage.ts';

interface Life {
  /** Of the operator. */
  readonly url: string;
  readonly sandbox: Sandbox;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** In milliseconds. The first scenes follow one another quickly, so that a page soon shows something of each kind. */
const OPENING_PAUSE_MS = 1_500;
const PAUSES_MS = [3_000, 8_000] as const;

/** Goes on until it is disposed of. */
export function startLife(life: Life): AsyncDisposable {
  const ending = new AbortController();
  const lived = live(life, ending.signal);
  return {
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await lived;
    },
  };
}

async function live(life: Life, signal: AbortSignal): Promise<void> {
  const stage = createStage(life);
  const opening = OPENING.values();
  const [least, most] = PAUSES_MS;
  while (!signal.aborted) {
    const first = opening.next().value;
    const scene = first ?? pickScene(stage);
    // A request that is refused, such as one for a machine that has changed meanwhile, is life, too.
    await scene(stage).catch(() => undefined);
    const ms = first === undefined ? least + life.random() * (most - least) : OPENING_PAUSE_MS;
    await pause(ms, undefined, { signal }).catch(() => undefined);
  }
}
