/** How a state is drawn, beside its word: by form and by colour. */
import type { InstanceState } from './instance.ts';

export type StateTone = 'on' | 'moving' | 'off' | 'gone' | 'unknown';

export const STATE_TONES: Readonly<Record<InstanceState, StateTone>> = {
  pending: 'moving',
  running: 'on',
  stopping: 'moving',
  stopped: 'off',
  'shutting-down': 'gone',
  terminated: 'gone',
  unknown: 'unknown',
};
