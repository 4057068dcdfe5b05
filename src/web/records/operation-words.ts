/** An operation in a few words: its title, and its state. */
import { nameOf } from '../../domain/message-parts.ts';
import { tellAsker } from '../../domain/operation-story.ts';
import type { Operation, State } from '../../domain/operation.ts';
import { plain } from '../../domain/plain.ts';
import type { Tone } from './parts.ts';

export const OPERATION_STATES: Readonly<Record<State, readonly [word: string, tone: Tone]>> = {
  queued: ['queued', 'act'],
  waiting: ['waiting', 'warn'],
  acting: ['acting', 'act'],
  verifying: ['verifying', 'act'],
  succeeded: ['succeeded', 'good'],
  refused: ['refused', 'faint'],
  failed: ['failed', 'bad'],
  cancelled: ['cancelled', 'faint'],
};

/** `Stop of gpu-1 by alert UnusedGPU` */
export function titleOf(operation: Operation): string {
  const { verb, dryRun } = operation.intent;
  const what = `${dryRun ? 'dry run of a ' : ''}${verb} of ${machineName(operation)} by ${tellAsker(operation)}`;
  return what.charAt(0).toUpperCase() + what.slice(1);
}

/** As its tag says, else as it was asked for. */
export function machineName({ instance, intent }: Operation): string {
  return instance === undefined ? plain(intent.target.text, 60) || 'a machine' : nameOf(instance);
}

/** The machine's id, where it is known. */
export function machineIdOf({ instance, intent: { target } }: Operation): string | undefined {
  return instance?.id ?? (target.kind === 'instance' ? target.id : undefined);
}
