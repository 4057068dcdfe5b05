/**
 * The configuration in force, as people may see it. Each setting is either shown or left out, and a new one compiles only once that is
 * decided here. Left out is what helps an attacker: secrets, where they lie, and whom the server believes.
 */
import { formatDuration } from '../domain/duration.ts';
import { GUARD_NAMES, type GuardName } from '../domain/guard.ts';
import type { Window } from '../domain/window.ts';
import { WEEKDAYS } from './digest.ts';
import { DAYS } from './guards.ts';
import type { ConfiguredChannel } from './channels.ts';
import type { Config } from './schema.ts';

/** As YAML writes it. */
export type Setting = string | number | boolean | readonly Setting[] | { readonly [name: string]: Setting | undefined };

export interface ShownConfig {
  readonly settings: Readonly<Record<string, Setting>>;
  /** Settings, and parts of settings, that are never shown, with the reason, whether they are set or not. */
  readonly leftOut: Readonly<Record<string, string>>;
}

type Show = ((config: Config) => Setting | undefined) | LeftOut;

interface LeftOut {
  readonly leftOut: string;
}

const SECRET = { leftOut: 'a secret' } as const;
const FILE = { leftOut: 'the path of a file on the server' } as const;

/** In the order of the reference page. */
const SHOWN: { readonly [K in keyof Config]-?: Show } = {
  host: { leftOut: 'where the server listens' },
  port: { leftOut: 'where the server listens' },
  client: ({ client }) => client,
  data_dir: FILE,
  database_url: SECRET,
  auth: ({ auth }) => auth,
  auth_token: SECRET,
  auth_token_file: FILE,
  tokens: { leftOut: 'who has which rights; administrators read it with "ec2-operator token list"' },
  grafana_hmac: SECRET,
  trusted_proxies: { leftOut: 'whom the server believes' },
  tls_cert: FILE,
  tls_key: FILE,
  tls_client_ca: FILE,
  log_level: ({ log_level: level }) => level,
  log_format: ({ log_format: format }) => format,
  regions: ({ regions }) => regions,
  // Roles and external ids help an attacker to assume them.
  accounts: ({ accounts }) => accounts.map(({ name, regions }) => ({ name, regions })),
  hosts: ({ hosts }) => Object.fromEntries(Object.entries(hosts).map(([name, { text }]) => [name, text])),
  names: ({ names }) => names,
  dns: ({ dns }) => dns,
  labels: ({ labels }) => labels,
  vpc: ({ vpc }) => vpc,
  addresses: ({ addresses }) => addresses,
  give_up_after: ({ give_up_after: given }) => durations(given),
  verify_for: ({ verify_for: given }) => durations(given),
  guards: ({ guards }) => guardsOf(guards),
  live: ({ live }) => live,
  machines: ({ machines }) => machines,
  alertmanager: ({ alertmanager }) => alertmanager && { url: alertmanager.url },
  prometheus: ({ prometheus }) => prometheus && { url: prometheus.url },
  on_resolved: ({ on_resolved: { grace, trust } }) => ({ grace: formatDuration(grace), trust }),
  digest: ({ digest: { channels, day, time, zone } }) => ({
    channels,
    day: WEEKDAYS[day - 1],
    time: clockOf(time),
    zone,
  }),
  zone: ({ zone }) => zone,
  owners: ({ owners }) => owners,
  holds: ({ holds: { longest, rules } }) => ({
    longest: formatDuration(longest),
    rules: rules.map(({ only, longest: own, at_most: most }) => ({
      only,
      longest: durationOrNone(own),
      at_most: durationOrNone(most),
    })),
  }),
  leases: ({ leases: { default: usual, scheduler } }) => ({
    default: durationOrNone(usual),
    scheduler: scheduler === undefined ? 'off' : { group: scheduler.group },
  }),
  warn: ({ warn: { before, always, if_undelivered: undelivered, again } }) => ({
    before: formatDuration(before),
    always,
    if_undelivered: undelivered,
    again: durationOrNone(again),
  }),
  public_url: ({ public_url: url }) => url,
  channels: ({ channels }) => channels.map(channelOf),
  escalate: ({ escalate }) =>
    escalate.map(({ undelivered, held, within, to }) => ({
      undelivered: durationOrNone(undelivered),
      held,
      within: durationOrNone(within),
      to,
    })),
  smtp: ({ smtp }) => smtp && { per_second: smtp.perSecond },
  prices: ({ prices: { configured, factor, coverage, pricingApi } }) => ({
    ...Object.fromEntries(configured),
    factor,
    pricing_api: pricingApi,
    savings_plans: { coverage },
  }),
  savings: ({ savings: { cap } }) => ({ cap: formatDuration(cap) }),
  history: ({ history: { retention } }) => ({ retention: formatDuration(retention) }),
  people: { leftOut: 'who has which rights' },
  login: ({ login: { forwarded, oidc, insecure } }) => ({
    ways: ['token', ...(forwarded === undefined ? [] : ['forwarded']), ...(oidc === undefined ? [] : ['oidc'])],
    insecure,
  }),
  retention: ({ retention }) => formatDuration(retention),
  aws: ({ aws: { quota_share: share, rate_limits: limits } }) => ({ quota_share: share, rate_limits: limits }),
};

/** Parts of settings that are shown otherwise. */
const PARTS_LEFT_OUT: Readonly<Record<string, string>> = {
  'accounts: role_arn, external_id, endpoint': 'what is needed to assume a role',
  'alertmanager, prometheus: token_file': 'the path of a file on the server',
  'aws: endpoints and limits of time': 'where AWS is reached',
  'channels: addresses, URLs and tokens': 'secrets of the channels',
  'leases.scheduler: role_arn': 'what is needed to assume a role',
  'login: all but the names of its ways': 'whom the server believes',
  'smtp: url_file, from': 'the path of a file on the server',
};

export function showConfig(config: Config): ShownConfig {
  const all = Object.entries<Show>(SHOWN);
  const settings = all.flatMap(([key, show]) => {
    const value = typeof show === 'function' ? show(config) : undefined;
    return value === undefined ? [] : [[key, value] as const];
  });
  const leftOut = all.flatMap(([key, show]) => (typeof show === 'function' ? [] : [[key, show.leftOut] as const]));
  return { settings: Object.fromEntries(settings), leftOut: { ...Object.fromEntries(leftOut), ...PARTS_LEFT_OUT } };
}

function durations({ start, stop }: { readonly start: number; readonly stop: number }): Setting {
  return { start: formatDuration(start), stop: formatDuration(stop) };
}

function durationOrNone(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : formatDuration(ms);
}

/** The kind of a channel and whom it tells; its addresses and its secrets are its own. */
function channelOf({ name, kind, only, tell, quietHours, openable }: ConfiguredChannel): Setting {
  return {
    name,
    kind,
    only,
    tell: [...tell],
    to: openable.toOwner ? 'owner' : undefined,
    quiet_hours: quietHours === undefined ? undefined : rangeOf(quietHours),
  };
}

type Guards = Config['guards'];

/** The settings of a guard that has some; the others are on or off. */
const GUARD_SETTINGS: Partial<Readonly<Record<GuardName, (guards: Guards) => Setting>>> = {
  require_tag: ({ requireTag }) =>
    requireTag === undefined ? 'off' : { key: requireTag.key, value: requireTag.value ?? 'any' },
  opt_out: ({ optOut: { tag, off, stopOnly, startOnly } }) => ({
    tag,
    off: [...off],
    stop_only: [...stopOnly],
    start_only: [...startOnly],
  }),
  asg_member: ({ managers: { also, except } }) => ({ also: [...also], except: [...except] }),
  spot: ({ spot }) => spot,
  scratch_disk: ({ scratchDisk }) => scratchDisk,
  committed: () => 'warn_only',
  flapping: ({ flapping: { count, perMs } }) => ({ count, per: formatDuration(perMs) }),
  min_uptime: ({ minUptimeMs }) => formatDuration(minUptimeMs),
  windows: ({ windows }) => windows.map(windowOf),
  fleet_limit: ({ fleetLimits }) =>
    fleetLimits.map(({ count, perMs, only }) => ({ count, per: formatDuration(perMs), only })),
};

function guardsOf(guards: Guards): Setting {
  const isOff = (name: string): boolean => [...guards.off].some((off) => off === name);
  return Object.fromEntries(
    GUARD_NAMES.map((name) => [name, isOff(name) ? 'off' : (GUARD_SETTINGS[name]?.(guards) ?? 'on')]),
  );
}

function windowOf({ kind, from, to, days, verbs, zone, only }: Window): Setting {
  return {
    [kind]: rangeOf({ from, to }),
    days: days.map((day) => DAYS[day - 1] ?? String(day)),
    verbs: [...verbs],
    zone,
    only,
  };
}

function rangeOf({ from, to }: { readonly from: number; readonly to: number }): string {
  return `${clockOf(from)}-${clockOf(to)}`;
}

function clockOf(minutes: number): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
