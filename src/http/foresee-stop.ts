/** Plans a stop of a machine as it is now. EC2 is asked, and people wait for its answer only so long. */
import type { MachineInPlace } from '../domain/machine.ts';
import type { Intent } from '../domain/intent.ts';
import type { Outlook } from '../engine/plan.ts';
import type { HttpParts } from './parts.ts';

/** The guards judge an alert's stop and a person's stop differently. */
export interface StopOutlooks {
  readonly byAlert: Outlook;
  readonly byPerson: Outlook;
}

/** @returns undefined where EC2 gives no answer in time */
export async function foreseeStop(
  { plan, defaultClient, clock }: Pick<HttpParts, 'plan' | 'defaultClient' | 'clock'>,
  { id, place }: MachineInPlace,
  patienceMs: number,
): Promise<StopOutlooks | undefined> {
  const beganAt = clock();
  const stop = {
    verb: 'stop',
    target: { kind: 'instance', id, text: id },
    client: defaultClient,
    dryRun: false,
    ...place,
  } as const;
  const asked: readonly [Intent, Intent] = [
    { ...stop, cause: { by: 'alert', alertname: 'an alert', fingerprint: '', beganAt } },
    { ...stop, cause: { by: 'person', name: 'a person', beganAt } },
  ];
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, patienceMs, undefined);
  try {
    const [byAlert, byPerson] = (await Promise.race([plan(asked), late])) ?? [];
    return byAlert === undefined || byPerson === undefined ? undefined : { byAlert, byPerson };
  } finally {
    clearTimeout(timer);
  }
}
