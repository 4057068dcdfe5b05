/** The parts that the server and the doctor share, so that they cannot disagree. */
import type { Environment } from './config/environment.ts';
import type { Config } from './config/schema.ts';
import type { LabelSettings } from './domain/labels.ts';
import type { Ec2Settings } from './ec2/accounts.ts';
import { createEc2, type Ec2 } from './ec2/client.ts';
import type { AccountMemory } from './ec2/one-account.ts';
import { createQuota, UNLIMITED, type Quota } from './ec2/quota.ts';
import { createLookUpName } from './engine/dns.ts';
import type { LookUpName } from './engine/name-lookup.ts';
import type { EngineSettings } from './engine/settings.ts';
import type { Log } from './observe/log.ts';
import { ec2Settings, engineSettings, labelSettings } from './settings.ts';

export interface AssembleOptions {
  readonly config: Config;
  /** The AWS variables are read from it. */
  readonly environment: Environment;
  /** Milliseconds since the epoch; the system's clock by default. */
  readonly clock?: () => number;
  /** Whether the server watches the machines; true by default. */
  readonly watch?: boolean;
  /** The system's resolver by default. */
  readonly lookUpName?: LookUpName;
}

export interface Assembled extends AsyncDisposable {
  readonly settings: EngineSettings;
  readonly labels: LabelSettings;
  readonly ec2Settings: Ec2Settings;
  readonly ec2: Ec2;
  readonly quota: Quota;
  readonly lookUpName: LookUpName;
  readonly clock: () => number;
}

export interface RememberParts {
  readonly store: AccountMemory;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * Loads, connects and starts nothing until a part is used.
 *
 * @param remember where it is remembered whose the credentials were; of this process alone by default
 */
export function assemble(options: AssembleOptions, remember?: RememberParts): Assembled {
  const { config, environment, clock = Date.now, lookUpName } = options;
  const settings = ec2Settings(config, environment);
  const ec2 = createEc2(settings, remember && tellChanges(remember));
  const quota = config.aws.rate_limits === 'none' ? UNLIMITED : createQuota(config.aws.quota_share);
  return {
    settings: engineSettings(config),
    labels: labelSettings(config),
    ec2Settings: settings,
    ec2,
    quota,
    lookUpName: lookUpName ?? createLookUpName(config.dns),
    clock,
    [Symbol.asyncDispose]: async () => {
      quota.close();
      await ec2.close();
    },
  };
}

function tellChanges({ store, log }: RememberParts): AccountMemory {
  return {
    readSetting: async (key) => store.readSetting(key),
    writeSettingOnce: async (key, value) => store.writeSettingOnce(key, value),
    changeSetting: async (key, value) => {
      const before = await store.readSetting(key);
      await store.changeSetting(key, value);
      log.warn(
        `machines of account ${value} are acted on from now on, as the configuration says, instead of those of ${before}`,
      );
    },
  };
}
