/** The settings of each part, made from the configuration. */
import type { Environment } from './config/environment.ts';
import { versionOf } from './config/version.ts';
import type { Config } from './config/schema.ts';
import type { HoldSettings } from './domain/admit-hold.ts';
import type { DigestTime } from './domain/digest-time.ts';
import { VERBS } from './domain/intent.ts';
import type { LabelSettings } from './domain/labels.ts';
import type { ScheduleSettings } from './domain/schedule.ts';
import type { OnResolved } from './domain/guard-settings.ts';
import type { Escalation, TellingSettings } from './domain/telling.ts';
import type { WarningSettings } from './domain/warned.ts';
import { watchedMachines, type SurveyFilter } from './domain/survey-filter.ts';
import type { Window } from './domain/window.ts';
import type { Ec2Settings } from './ec2/accounts.ts';
import type { ConfiguredPlace, EngineSettings } from './engine/settings.ts';
import type { TlsFiles } from './http/tls.ts';
import type { OpenidSettings } from './openid/settings.ts';
import { readFilledFile } from './outgoing/token-file.ts';

/** @param environment the AWS variables are read from it */
export function ec2Settings(config: Config, environment: Environment): Ec2Settings {
  return {
    accounts: config.accounts.map(({ name, role_arn: roleArn, external_id: externalId, endpoint }) => ({
      name,
      roleArn,
      ...(externalId === undefined ? {} : { externalId }),
      ...(endpoint === undefined ? {} : { endpoint }),
    })),
    endpoints: config.aws.endpoints,
    ...(config.aws.account === undefined ? {} : { account: config.aws.account }),
    cliVariables: config.aws.cli_environment,
    connectTimeoutMs: config.aws.connect_timeout,
    requestTimeoutMs: config.aws.request_timeout,
    cliConcurrency: config.aws.cli_concurrency,
    environment,
  };
}

/** The places of machines, and the settings of the guards. */
export function engineSettings(config: Config): EngineSettings {
  const own = config.regions.map((region): ConfiguredPlace => ({ region }));
  const others = config.accounts.flatMap(({ name, role_arn: arn, regions }) =>
    // arn:aws:iam::123456789012:role/name
    regions.map((region): ConfiguredPlace => ({ account: name, accountNumber: arn.split(':')[4] ?? name, region })),
  );
  return {
    version: versionOf(config).version,
    places: [...own, ...others],
    hosts: new Map(Object.entries(config.hosts)),
    addresses: { ...config.addresses, vpcs: config.vpc },
    namesFromTags: config.names.from_tags,
    guards: {
      ...config.guards,
      onResolved: onResolvedOf(config),
      warn: warnOf(config),
      telling: tellingSettings(config),
      zone: config.zone,
    },
    ...liveOnlyOf(config),
    giveUpMs: config.give_up_after,
    verifyMs: config.verify_for,
  };
}

/** Which machines are watched. */
export function watchedMachinesOf({ machines, guards }: Config): SurveyFilter {
  return watchedMachines(machines.only, guards.requireTag);
}

/** An empty selector chooses every machine, as none does. */
function liveOnlyOf({ live: { only = {} } }: Config): Pick<EngineSettings, 'liveOnly'> {
  return Object.keys(only).length === 0 ? {} : { liveOnly: only };
}

function onResolvedOf({ on_resolved: { grace, trust }, prometheus }: Config): OnResolved {
  const confirmed = prometheus === undefined ? 'refused' : 'confirmed';
  return { graceMs: grace, stops: trust ? 'believed' : confirmed };
}

function warnOf({ warn: { before, always, again, if_undelivered: ifUndelivered } }: Config): WarningSettings {
  return { beforeMs: before, always, ifUndelivered, ...(again === undefined ? {} : { againMs: again }) };
}

/** Who is told about which machine. */
export function tellingSettings({ channels, digest, escalate, owners, prices, zone }: Config): TellingSettings {
  return {
    owners,
    prices,
    escalations: escalate.flatMap(toEscalation),
    channels: channels.map(({ name, kind, only, tell, quietHours, openable }) => ({
      name,
      kind,
      ...(only === undefined ? {} : { only }),
      tells: new Set([...tell, ...(digest.channels.includes(name) ? (['digest'] as const) : [])]),
      toOwner: openable.toOwner,
      ...(openable.recipients === undefined ? {} : { recipients: openable.recipients }),
      quietHours: quietHours === undefined ? [] : [everyDay(quietHours, zone)],
    })),
  };
}

/** The schema has checked that it is about one of the two. */
function toEscalation({ to, undelivered, held, within }: Config['escalate'][number]): readonly Escalation[] {
  if (undelivered !== undefined) return [{ to, undeliveredMs: undelivered }];
  return held === undefined || within === undefined ? [] : [{ to, held, withinMs: within }];
}

function everyDay(range: { readonly from: number; readonly to: number }, zone: string): Window {
  return { ...range, kind: 'forbid', verbs: VERBS, days: [1, 2, 3, 4, 5, 6, 7], zone };
}

export function digestTime({ digest: { day, time, zone: own }, zone }: Config): DigestTime {
  return { day, minutes: time, zone: own ?? zone };
}

/** How long machines may be held. */
export function holdSettings({ holds: { longest, rules } }: Config): HoldSettings {
  return {
    longestMs: longest,
    rules: rules.map(({ only, longest: longestMs, at_most: atMostMs }) => ({
      ...(only === undefined ? {} : { only }),
      ...(longestMs === undefined ? {} : { longestMs }),
      ...(atMostMs === undefined ? {} : { atMostMs }),
    })),
  };
}

/** The additional labels of alerts that the server reads. */
export function labelSettings({
  labels: { region, account, client, host_network: hostNetwork },
}: Config): LabelSettings {
  return {
    ...(region === undefined ? {} : { region }),
    ...(account === undefined ? {} : { account }),
    ...(client === undefined ? {} : { client }),
    ...(hostNetwork ? { hostNetwork } : {}),
  };
}

/** Undefined without the dead man's switch. */
export function scheduleSettings({ accounts, leases: { scheduler } }: Config): ScheduleSettings | undefined {
  if (scheduler === undefined) return undefined;
  const { group, role_arn: own } = scheduler;
  // EventBridge takes only a role of the machine's own account.
  const [, role = ''] = /:role\/(.*)$/.exec(own) ?? [];
  const roles = new Map(accounts.map(({ name, role_arn: arn }) => [name, arn.replace(/:role\/.*$/, `:role/${role}`)]));
  return { group, roleArnIn: ({ account }) => (account === undefined ? own : (roles.get(account) ?? own)) };
}

/** Undefined where no OpenID provider is configured. */
export function openidSettings({ login: { oidc }, public_url: publicUrl }: Config): OpenidSettings | undefined {
  // The schema has checked that they come together.
  if (oidc === undefined || publicUrl === undefined) return undefined;
  const { client_secret_file: file, groups_claim: groupsClaim, user_claim: userClaim } = oidc;
  return {
    issuer: oidc.issuer,
    clientId: oidc.client_id,
    ...(file === undefined ? {} : { readSecret: () => readFilledFile(file) }),
    scopes: oidc.scopes,
    redirectUri: `${publicUrl}/login/callback`,
    timeoutMs: PROVIDER_ANSWERS_MS,
    ...(groupsClaim === undefined ? {} : { groupsClaim }),
    ...(userClaim === undefined ? {} : { userClaim }),
  };
}

/** A person waits for it. */
const PROVIDER_ANSWERS_MS = 5_000;

/** Undefined when the server does not speak TLS. */
export function tlsFiles({ tls_cert: cert, tls_key: key, tls_client_ca: clientCa }: Config): TlsFiles | undefined {
  if (cert === undefined || key === undefined) return undefined;
  return { cert, key, ...(clientCa === undefined ? {} : { clientCa }) };
}

export function retentionOf(config: Config): {
  readonly retentionMs: number;
  readonly historyMs: number;
  readonly settings: ReturnType<typeof versionOf>;
} {
  const { retention, history } = config;
  // History is kept at least as long as everything else.
  return { retentionMs: retention, historyMs: Math.max(retention, history.retention), settings: versionOf(config) };
}
