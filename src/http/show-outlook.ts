/** How the API shows what an intent would meet now. */
import type { Outlook } from '../engine/plan.ts';
import type { PlanBody } from './plan-schemas.ts';
import { showInstance, toTime } from './show-operation.ts';

/** @param isByAlert an alert asks for it: where `live.only` does not select the machine, it is a dry run */
export function showOutlook(
  { instance, until, warnsAt, stopsAt, ...outlook }: Outlook,
  isByAlert: boolean,
): Omit<PlanBody, 'fingerprint' | 'dryRun'> & { readonly dryRun: boolean } {
  const toTimeOf = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : toTime(ms));
  return {
    ...outlook,
    dryRun: outlook.isLive === false && isByAlert,
    until: toTimeOf(until),
    warnsAt: toTimeOf(warnsAt),
    stopsAt: toTimeOf(stopsAt),
    instance: instance && showInstance(instance),
  };
}
