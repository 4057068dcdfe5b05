/** Reads alerts from Alertmanager. Only the configured URL is called, whatever a delivery says. */
import * as z from 'zod';
import { getJson, tellUnanswered, type Api } from '../outgoing/get-json.ts';

/** Shorter than an operation's claim. */
const TIMEOUT_MS = 5_000;

/** An intent cuts longer names. */
const MAX_ALERTNAME = 200;

/** GET /api/v2/alerts (Alertmanager's OpenAPI specification, "gettableAlert"). */
const alertsSchema = z.array(
  z.object({
    fingerprint: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    endsAt: z.iso.datetime({ offset: true }),
    status: z.object({ state: z.enum(['unprocessed', 'active', 'suppressed']) }),
  }),
);
export type Alerts = z.output<typeof alertsSchema>;

/** The matcher of a name; undefined where the name is empty or cut. */
export function byName(alertname: string): string | undefined {
  return alertname === '' || alertname.length >= MAX_ALERTNAME ? undefined : `alertname="${escapeValue(alertname)}"`;
}

/** @returns the alerts, or why there is no answer */
export async function fetchAlerts(api: Api, matcher: string | undefined): Promise<Alerts | string> {
  try {
    const query = matcher === undefined ? {} : { filter: matcher };
    return alertsSchema.parse((await getJson(api, 'api/v2/alerts', query, TIMEOUT_MS)).value);
  } catch (error) {
    return tellUnanswered('Alertmanager', 'the alert still fires', error);
  }
}

/** Matchers know only these escapes; up to 0.26 they ignore other backslashes (pkg/labels/parse.go). */
function escapeValue(value: string): string {
  return value.replace(/[\\"]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`);
}
