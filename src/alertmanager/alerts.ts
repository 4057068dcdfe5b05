/** Reads alerts from Alertmanager. Only the configured URL is ever called, whatever a delivery says. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';

export interface AlertmanagerSettings {
  /** Without a slash at its end. Grafana answers the same under `/api/alertmanager/grafana`. */
  readonly url: string;
  /** A file with a bearer token, read anew for each question. */
  readonly tokenFile?: string;
}

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
export async function fetchAlerts(
  { url, tokenFile }: AlertmanagerSettings,
  matcher: string | undefined,
): Promise<Alerts | string> {
  try {
    const address = new URL(`${url}/api/v2/alerts`);
    if (matcher !== undefined) address.searchParams.set('filter', matcher);
    const token = tokenFile === undefined ? undefined : (await readFile(tokenFile, 'utf8')).trim();
    const response = await fetch(address, {
      headers: { accept: 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) return `Alertmanager answered ${response.status}, so nobody knows whether the alert still fires`;
    return alertsSchema.parse(await response.json());
  } catch (error) {
    const why = error instanceof z.ZodError ? 'its answer cannot be read' : nameOf(error);
    return `Alertmanager could not be asked whether the alert still fires (${why})`;
  }
}

/** Matchers know these escapes and no others; up to 0.26 they take any other for itself (pkg/labels/parse.go). */
function escapeValue(value: string): string {
  return value.replace(/[\\"]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`);
}

/** Neither a path nor an address: messages are read by many. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
