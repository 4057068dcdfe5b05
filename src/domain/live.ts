/** `live.only`: the machines that alerts act on. On every other machine the operation of an alert is a dry run. */
import { alertOf, type Cause } from './cause.ts';
import type { Instance } from './instance.ts';
import type { Intent } from './intent.ts';
import { describeSelector, isSelected, type Selector } from './selector.ts';

/** Whether a cause acts on a machine. Only alerts are rolled out step by step: people act everywhere. */
export function isLive(cause: Cause, instance: Pick<Instance, 'tags'>, only: Selector | undefined): boolean {
  return only === undefined || alertOf(cause) === undefined || isSelected(only, instance);
}

/** The intent as it is carried out. A dry run that the sender asked for stays one. */
export function withLive(intent: Intent, live: boolean): Intent {
  const { notLive, ...asked } = intent;
  if (asked.dryRun && notLive !== true) return asked;
  return live ? { ...asked, dryRun: false } : { ...asked, dryRun: true, notLive: true };
}

/** For messages: why an operation is a dry run that nobody asked for. */
export function tellNotLive(only: Selector): string {
  return `live.only makes it a dry run: alerts act only on machines with ${describeSelector(only)}`;
}
