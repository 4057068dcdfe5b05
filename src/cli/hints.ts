/** Hears from the server when machines have changed, so that a watch need not ask all the time. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Call } from './call.ts';
import { readAddress } from './server.ts';

export interface Hints {
  /**
   * Resolves once machines may have changed since it last did.
   *
   * @param isTroubled whether the last look had no answer: then the next one comes soon
   */
  readonly next: (isTroubled: boolean) => Promise<void>;
  /** Names the last event. Behind a proxy that takes turns, a server may answer that has not heard of it yet. */
  readonly last: () => string | undefined;
}

/** How often a watch looks without a hint: what it shows ages. In milliseconds. */
const LOOK_ANYWAY_MS = 15_000;
/** How long the next try takes after the stream has ended, or there was none. In milliseconds. */
const RECONNECT_MS = 5_000;
/** Of several servers, the next one may answer. In milliseconds. */
const RETRY_MS = 2_000;

/**
 * @param everyMs how often to look while there is no stream: the server is older, or something between cuts streams off
 */
export function openHints({ environment, signal }: Pick<Call, 'environment' | 'signal'>, everyMs: number): Hints {
  let isListening = false;
  let last: string | undefined;
  let hinted = Promise.withResolvers<undefined>();
  const tell = (): void => {
    hinted.resolve(undefined);
  };
  void listen(environment, signal, (isOpen, id) => {
    isListening = isOpen;
    last = id ?? last;
    tell();
  });
  return {
    last: () => last,
    next: async (isTroubled) => {
      const waited = new AbortController();
      const either = AbortSignal.any([signal, waited.signal]);
      const usual = isListening ? LOOK_ANYWAY_MS : everyMs;
      const ms = isTroubled ? Math.min(RETRY_MS, usual) : usual;
      await Promise.race([hinted.promise, pause(ms, undefined, { signal: either })]);
      waited.abort();
      hinted = Promise.withResolvers();
    },
  };
}

/** Called for each hint, and when the stream begins or ends. @param id of the event */
type Tell = (isOpen: boolean, id?: string) => void;

async function listen(environment: Call['environment'], signal: AbortSignal, tell: Tell): Promise<void> {
  const { base, headers } = readAddress(environment);
  while (!signal.aborted) {
    try {
      const response = await fetch(new URL('api/v1/events', base), {
        headers: { ...headers, accept: 'text/event-stream' },
        // A redirect must not carry the token to another server.
        redirect: 'error',
        signal,
      });
      if (response.ok && response.body !== null) await readHints(response.body, tell);
    } catch {
      // The watch itself says what is wrong.
    }
    tell(false);
    await pause(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function readHints(body: ReadableStream<Uint8Array>, tell: Tell): Promise<void> {
  const decoder = new TextDecoder();
  let line = '';
  let id: string | undefined;
  for await (const bytes of body) {
    for (const part of decoder.decode(bytes, { stream: true }).split(/(?<=\n)/)) {
      line += part;
      if (!line.endsWith('\n')) continue;
      id = /^id: ([\w.-]{1,100})$/.exec(line.trimEnd())?.[1] ?? id;
      if (/^event: (?:hello|hint)$/.test(line.trimEnd())) tell(true, id);
      line = '';
    }
  }
}
