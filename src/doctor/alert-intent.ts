/** What the server would make of an alert, asked of the very code that the server asks. */
import type { Client, Intent, Route } from '../domain/intent.ts';
import { intend } from '../domain/intend.ts';
import type { Labels } from './alertmanager-matcher.ts';

/** The intent of a firing alert with these labels, or why there is none. */
export function intentOf(
  labels: Labels,
  route: Route,
  defaultClient: Client,
  now: number,
): { readonly intent: Intent } | { readonly message: string } {
  const alert = {
    status: 'firing',
    labels,
    annotations: {},
    startsAt: new Date(now).toISOString(),
    fingerprint: 'doctor',
  };
  const intended = intend(alert, { route, defaultClient, now });
  return intended.outcome === 'intent' ? { intent: intended.intent } : { message: intended.message };
}
