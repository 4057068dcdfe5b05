/** Asks Alertmanager and Prometheus about an alert before a stop, if they are configured. */
import { createAskActive } from './alertmanager/active.ts';
import { createAskFiring } from './alertmanager/firing.ts';
import type { Config } from './config/schema.ts';
import type { EvidenceParts } from './engine/evidence.ts';
import { createAskNeed, type NeedParts } from './engine/need.ts';
import { createPrometheus } from './prometheus/client.ts';
import { createAskRule } from './prometheus/need.ts';

export function askers(
  { alertmanager, prometheus }: Pick<Config, 'alertmanager' | 'prometheus'>,
  parts: Omit<NeedParts, 'askAlertmanager' | 'askPrometheus'>,
): Pick<EvidenceParts, 'askFiring' | 'askNeed'> {
  const { clock } = parts;
  const askNeed = createAskNeed({
    ...parts,
    ...(alertmanager === undefined ? {} : { askAlertmanager: createAskActive(alertmanager, clock) }),
    ...(prometheus === undefined ? {} : { askPrometheus: createAskRule(createPrometheus(prometheus, clock)) }),
  });
  return { askNeed, ...(alertmanager === undefined ? {} : { askFiring: createAskFiring(alertmanager, clock) }) };
}
