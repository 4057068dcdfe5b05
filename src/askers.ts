/** What is asked before a stop: Alertmanager and Prometheus, if they are configured, and the machine that this process runs on. */
import { createAskActive } from './alertmanager/active.ts';
import { createAskFiring } from './alertmanager/firing.ts';
import type { Config } from './config/schema.ts';
import type { Ec2Settings } from './ec2/accounts.ts';
import { readOwnInstance } from './ec2/metadata.ts';
import { createReadOwn } from './ec2/own-instance.ts';
import type { EvidenceParts } from './engine/evidence.ts';
import { createAskNeed, type NeedParts } from './engine/need.ts';
import { createPrometheus } from './prometheus/client.ts';
import { createAskRule } from './prometheus/need.ts';

export function askers(
  { alertmanager, prometheus }: Pick<Config, 'alertmanager' | 'prometheus'>,
  parts: Omit<NeedParts, 'askAlertmanager' | 'askPrometheus'> & { readonly ec2Settings: Ec2Settings },
): Pick<EvidenceParts, 'askFiring' | 'askNeed' | 'readOwn'> {
  const { clock, ec2Settings } = parts;
  const askNeed = createAskNeed({
    ...parts,
    ...(alertmanager === undefined ? {} : { askAlertmanager: createAskActive(alertmanager, clock) }),
    ...(prometheus === undefined ? {} : { askPrometheus: createAskRule(createPrometheus(prometheus, clock)) }),
  });
  return {
    askNeed,
    readOwn: createReadOwn(async () => readOwnInstance(ec2Settings.environment)),
    ...(alertmanager === undefined ? {} : { askFiring: createAskFiring(alertmanager, clock) }),
  };
}
