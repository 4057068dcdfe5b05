/** The way of Slack's signed requests. */
import type { Desk } from './desk.ts';
import type { SlackSignature } from './signature.ts';

export interface SlackDoor {
  /** @returns the desk of the app that has signed these bytes; undefined if none has */
  readonly deskOf: (signature: SlackSignature, bytes: Uint8Array) => Desk | undefined;
  /** Works on a request that is answered already; a shutdown waits for it. */
  readonly track: (work: Promise<void>) => void;
}
