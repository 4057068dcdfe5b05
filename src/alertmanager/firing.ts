/** Asks Alertmanager whether an alert still fires. Only the configured URL is ever called, whatever a delivery says. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { Firing } from '../domain/verdict.ts';
import type { AskFiring } from '../engine/evidence.ts';
import { naturalBatch } from '../engine/natural-batch.ts';

export interface AlertmanagerSettings {
  /** Without a slash at its end. Grafana answers the same under `/api/alertmanager/grafana`. */
  readonly url: string;
  /** A file with a bearer token, read anew for each question. */
  readonly tokenFile?: string;
}

/** Bounded in time, so that an operation is not kept for longer than its claim. */
const TIMEOUT_MS = 5_000;
const MAX_SIDE_BY_SIDE = 500;

/** An intent keeps no more of the name than this. */
const MAX_ALERTNAME = 200;

/** GET /api/v2/alerts (Alertmanager's OpenAPI specification, "gettableAlert"). */
const alertsSchema = z.array(
  z.object({
    fingerprint: z.string(),
    endsAt: z.iso.datetime({ offset: true }),
    status: z.object({ state: z.enum(['unprocessed', 'active', 'suppressed']) }),
  }),
);
type Alerts = z.output<typeof alertsSchema>;

/** Questions about alerts of the same name share one call. Nothing that goes wrong is thrown: it is what is not known. */
export function createAskFiring(settings: AlertmanagerSettings, clock: () => number): AskFiring {
  const ask = naturalBatch<string, Firing>({
    maxSize: MAX_SIDE_BY_SIDE,
    run: async (alertname, fingerprints) => {
      const alerts = await fetchAlerts(settings, alertname);
      if (typeof alerts === 'string') return fingerprints.map(() => ({ firing: 'unknown', message: alerts }));
      const found = new Map(alerts.map((alert) => [alert.fingerprint, alert]));
      return fingerprints.map((fingerprint) => read(found.get(fingerprint), fingerprint, clock()));
    },
  });
  return async ({ alertname, fingerprint }) => ask(alertname, fingerprint);
}

/** A silence is a person's word that nothing is to be done about the alert, and an inhibition is another alert's. */
function read(alert: Alerts[number] | undefined, fingerprint: string, now: number): Firing {
  const named = `the alert with the fingerprint ${fingerprint}`;
  if (alert === undefined || Date.parse(alert.endsAt) <= now) {
    return { firing: 'no', message: `Alertmanager says that ${named} does not fire any more` };
  }
  if (alert.status.state !== 'suppressed') return { firing: 'yes' };
  return { firing: 'no', message: `Alertmanager says that ${named} is silenced or inhibited` };
}

/** @returns what went wrong, if it did */
async function fetchAlerts({ url, tokenFile }: AlertmanagerSettings, alertname: string): Promise<Alerts | string> {
  try {
    const address = new URL(`${url}/api/v2/alerts`);
    if (alertname !== '' && alertname.length < MAX_ALERTNAME)
      address.searchParams.set('filter', `alertname="${escapeValue(alertname)}"`);
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
