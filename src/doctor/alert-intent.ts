/** What the server would make of an alert, asked of the very code that the server asks. */
import type { IntendContext } from '../domain/intend.ts';
import type { Intent, Route } from '../domain/intent.ts';
import { intend } from '../domain/intend.ts';
import type { Labels } from '../domain/label-set.ts';

/** What an alert is read by, besides the route. */
export type AlertContext = Pick<IntendContext, 'defaultClient' | 'labels' | 'now'>;

/** The intent of a firing alert with these labels, or why there is none. */
export function intentOf(
  labels: Labels,
  route: Route,
  context: AlertContext,
): { readonly intent: Intent } | { readonly message: string } {
  const alert = {
    status: 'firing',
    labels,
    annotations: {},
    startsAt: new Date(context.now).toISOString(),
    fingerprint: 'doctor',
  };
  const intended = intend(alert, { ...context, route });
  return intended.outcome === 'intent' ? { intent: intended.intent } : { message: intended.message };
}
