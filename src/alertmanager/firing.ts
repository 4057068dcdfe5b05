/** Asks Alertmanager whether an alert still fires. */
import type { Firing } from '../domain/verdict.ts';
import type { AskFiring } from '../engine/evidence.ts';
import { naturalBatch } from '../engine/natural-batch.ts';
import type { Api } from '../outgoing/get-json.ts';
import { byName, fetchAlerts, type Alerts } from './alerts.ts';

const MAX_SIDE_BY_SIDE = 500;

/** Questions about alerts of the same name share one call. Errors become the answer `unknown`. */
export function createAskFiring(api: Api, clock: () => number): AskFiring {
  const ask = naturalBatch<string, Firing>({
    maxSize: MAX_SIDE_BY_SIDE,
    run: async (alertname, fingerprints) => {
      const alerts = await fetchAlerts(api, byName(alertname));
      if (typeof alerts === 'string') return fingerprints.map(() => ({ firing: 'unknown', message: alerts }));
      const found = new Map(alerts.map((alert) => [alert.fingerprint, alert]));
      return fingerprints.map((fingerprint) => read(found.get(fingerprint), fingerprint, clock()));
    },
  });
  return async ({ alertname, fingerprint }) => ask(alertname, fingerprint);
}

/** Silences and inhibitions mean that nothing is to be done about the alert. */
function read(alert: Alerts[number] | undefined, fingerprint: string, now: number): Firing {
  const named = `the alert with the fingerprint ${fingerprint}`;
  if (alert === undefined || Date.parse(alert.endsAt) <= now) {
    return { firing: 'no', message: `Alertmanager says that ${named} no longer fires` };
  }
  if (alert.status.state !== 'suppressed') return { firing: 'yes' };
  return { firing: 'no', message: `Alertmanager says that ${named} is silenced or inhibited` };
}
