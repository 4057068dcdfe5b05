/** Reads alerts from Alertmanager. Only the configured URL is ever called, whatever a delivery says. */
import * as z from 'zod';
import { ApiError, getJson, type Api } from '../outgoing/get-json.ts';

/** Bounded in time, so that an operation is not kept for longer than its claim. */
const TIMEOUT_MS = 5_000;

/** An intent keeps no more of the name than this. */
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

/** Those of this name; all of them where the name is not known whole. */
export function byName(alertname: string): string | undefined {
  return alertname === '' || alertname.length >= MAX_ALERTNAME ? undefined : `alertname="${escapeValue(alertname)}"`;
}

/** @returns what went wrong, if it did */
export async function fetchAlerts(api: Api, matcher: string | undefined): Promise<Alerts | string> {
  try {
    const query = matcher === undefined ? {} : { filter: matcher };
    return alertsSchema.parse((await getJson(api, 'api/v2/alerts', query, TIMEOUT_MS)).value);
  } catch (error) {
    const { status } = error instanceof ApiError ? error : {};
    if (status !== undefined) return `Alertmanager answered ${status}, so nobody knows whether the alert still fires`;
    const why = error instanceof ApiError ? error.brief : 'its answer cannot be read';
    return `Alertmanager could not be asked whether the alert still fires (${why})`;
  }
}

/** Matchers know these escapes and no others; up to 0.26 they take any other for itself (pkg/labels/parse.go). */
function escapeValue(value: string): string {
  return value.replace(/[\\"]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`);
}
