/** Asks Alertmanager for the alerts that may still need a machine after one of them was resolved. */
import { naturalBatch } from '../engine/natural-batch.ts';
import type { ActiveAlert, AskActive } from '../engine/need.ts';
import type { Api } from '../outgoing/get-json.ts';
import { byName, fetchAlerts, type Alerts } from './alerts.ts';

const MAX_SIDE_BY_SIDE = 500;

/** Asked by name only, because the labels of Prometheus replicas are not known. Silenced alerts count as well. */
export function createAskActive(api: Api, clock: () => number): AskActive {
  const ask = naturalBatch<null, Alerts | string>({
    maxSize: MAX_SIDE_BY_SIDE,
    run: async (matcher, asked) => {
      const alerts = await fetchAlerts(api, matcher);
      return asked.map(() => alerts);
    },
  });
  return async (alertname) => {
    const named = byName(alertname);
    if (named === undefined) return 'Alertmanager cannot be asked, because the name of the alert is empty or too long';
    const [sameName, starting] = await Promise.all([ask(named, null), ask('action="start"', null)]);
    if (typeof sameName === 'string') return sameName;
    if (typeof starting === 'string') return starting;
    return [...sameName, ...starting].filter(({ endsAt }) => Date.parse(endsAt) > clock()).map(toActive);
  };
}

function toActive({ fingerprint, labels }: Alerts[number]): ActiveAlert {
  return { alertname: labels['alertname'] ?? '', fingerprint, labels };
}
