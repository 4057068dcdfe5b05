/** Asks Alertmanager which alerts may still ask for a machine after one of them was resolved. */
import { naturalBatch } from '../engine/natural-batch.ts';
import type { ActiveAlert, AskActive } from '../engine/need.ts';
import type { Api } from '../outgoing/get-json.ts';
import { byName, fetchAlerts, type Alerts } from './alerts.ts';

const MAX_SIDE_BY_SIDE = 500;

/**
 * By the name alone: labels by which two Prometheus replicas differ have no names that could be known. A silence takes nothing
 * from what an alert says of its machine.
 */
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
    if (named === undefined) return 'the alert has no name that Alertmanager could be asked for';
    const [sameName, starting] = await Promise.all([ask(named, null), ask('action="start"', null)]);
    if (typeof sameName === 'string') return sameName;
    if (typeof starting === 'string') return starting;
    return [...sameName, ...starting].filter(({ endsAt }) => Date.parse(endsAt) > clock()).map(toActive);
  };
}

function toActive({ fingerprint, labels }: Alerts[number]): ActiveAlert {
  return { alertname: labels['alertname'] ?? '', fingerprint, labels };
}
