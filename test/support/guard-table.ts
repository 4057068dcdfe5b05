/**
 * The table of guards once more, as its authors wrote it for people: slow, simple, and without a line of the guards' own
 * code. What it holds back, the operator must hold back too.
 */

/** `guards:` of a configuration file, as far as the tests make use of it. */
export interface GuardsConfig {
  readonly require_tag?: 'off' | { readonly key: string; readonly value?: string } | undefined;
  readonly opt_out?: 'off' | undefined;
  readonly asg_member?: 'off' | undefined;
  readonly spot?: 'off' | 'one-time' | 'all' | undefined;
  readonly scratch_disk?: 'off' | 'allow' | 'refuse' | undefined;
  readonly stale_alert?: 'off' | undefined;
  readonly flapping?: 'off' | { readonly count: number; readonly per: string } | undefined;
  readonly min_uptime?: string | undefined;
  readonly windows?: 'off' | readonly WindowConfig[] | undefined;
  readonly still_firing?: 'off' | undefined;
  readonly recent_alert?: 'off' | undefined;
  readonly fleet_limit?: 'off' | { readonly count: number; readonly per: string } | undefined;
}

export interface WindowConfig {
  readonly allow?: string;
  readonly forbid?: string;
  readonly verbs?: readonly string[];
  readonly days?: readonly string[];
  readonly zone?: string;
  readonly only?: Readonly<Record<string, string>>;
}

/** A machine and a wish, at a moment. Times are milliseconds since the epoch. */
export interface Row {
  readonly verb: 'start' | 'stop';
  readonly byPerson: boolean;
  readonly beganAt: number;
  readonly only?: Readonly<Record<string, string>>;
  readonly state: string;
  readonly launchedAt: number;
  readonly type: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly isSpot: boolean;
  readonly isInstanceStore: boolean;
  readonly isManaged: boolean;
  readonly now: number;
  /** When the operator did the same to this machine, and when it stopped any, of its own accord. */
  readonly ownActs: readonly number[];
  readonly fleetStops: readonly number[];
  readonly firing: 'yes' | 'no' | 'unknown' | 'not asked';
  /** When it was asked for, and when a copy of its alert came last; nobody counts copies where Alertmanager is asked. */
  readonly askedAt: number;
  readonly lastCopyAt: number | 'none' | 'not counted';
}

export interface Held {
  /** For good, and nobody passes. */
  readonly refused: readonly string[];
  /** Until later. */
  readonly waits: readonly string[];
}

const MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** The few forms that the tests write. */
function ms(text: string): number {
  return Number(text.slice(0, -1)) * (MS[text.slice(-1)] ?? Number.NaN);
}

/** What the table says to a row; empty lists mean that it may be done. */
export function holds(row: Row, config: GuardsConfig): Held {
  const refused: string[] = [];
  const waits: string[] = [];
  const { tags } = row;
  const isStop = row.verb === 'stop';

  if (row.state === 'terminated' || row.state === 'shutting-down') refused.push('not_gone');
  if (row.only !== undefined && !hasAll(tags, row.only)) refused.push('token_selector');
  const { require_tag: needed = 'off' } = config;
  if (needed !== 'off') {
    const value = own(tags, needed.key);
    if (value === undefined || (needed.value !== undefined && value !== needed.value)) refused.push('require_tag');
  }
  const word = own(tags, 'ec2-operator')?.trim().toLowerCase();
  const fine = [undefined, '', 'on', 'allowed', `${row.verb}-only`].includes(word);
  if (config.opt_out !== 'off' && !fine) refused.push('opt_out');
  if (row.isManaged) refused.push('managed');
  const isOwned = Object.keys(tags).some(
    (key) =>
      key === 'aws:autoscaling:groupName' ||
      key === 'eks:cluster-name' ||
      key.startsWith('kubernetes.io/cluster/') ||
      key.startsWith('karpenter.sh/'),
  );
  if (config.asg_member !== 'off' && isOwned) refused.push('asg_member');
  if (isStop && row.isInstanceStore) refused.push('root_device');
  if (isStop && row.isSpot && config.spot === 'all') refused.push('spot');
  if (isStop && ['g5.xlarge', 'i3.large', 'm5d.large'].includes(row.type) && config.scratch_disk === 'refuse')
    refused.push('scratch_disk');
  const slack = row.byPerson ? 60_000 : 0;
  if (config.stale_alert !== 'off' && isStop && row.launchedAt > row.beganAt + slack) refused.push('stale_alert');

  const toWaitFor = row.verb === 'stop' ? 'pending' : 'stopping';
  if (row.state === toWaitFor || row.state === 'unknown') waits.push('settled');
  if (config.still_firing !== 'off' && isStop && !row.byPerson) {
    if (row.firing === 'no') refused.push('still_firing');
    if (row.firing === 'unknown') waits.push('still_firing');
  }
  if (config.recent_alert !== 'off' && isStop && !row.byPerson && row.lastCopyAt !== 'not counted') {
    const isSilent = row.lastCopyAt === 'none' || row.now - row.lastCopyAt > 5 * 60 * 60_000;
    if (row.now - row.askedAt > 60 * 60_000 && isSilent) refused.push('recent_alert');
  }
  if (!row.byPerson) ofTheMoment(row, config, refused, waits);
  return { refused, waits };
}

/** The guards that a person passes. */
function ofTheMoment(row: Row, config: GuardsConfig, refused: string[], waits: string[]): void {
  const { now, tags } = row;
  const isStop = row.verb === 'stop';
  const { flapping = { count: 4, per: '6h' }, fleet_limit: limit = { count: 25, per: '10m' } } = config;
  const since = (times: readonly number[], per: string): number => times.filter((at) => at > now - ms(per)).length;
  if (flapping !== 'off' && since(row.ownActs, flapping.per) >= flapping.count) refused.push('flapping');
  if (limit !== 'off' && isStop && since(row.fleetStops, limit.per) >= limit.count) waits.push('fleet_limit');
  const { min_uptime: uptime = '60m' } = config;
  if (uptime !== 'off' && isStop && row.state === 'running') {
    const tag = own(tags, 'ec2-operator:min-uptime');
    if (tag === 'nonsense') refused.push('min_uptime');
    else if (now - row.launchedAt < ms(tag ?? uptime)) waits.push('min_uptime');
  }
  if (config.windows !== undefined && config.windows !== 'off' && !isFree(config.windows, row, now))
    waits.push('windows');
}

function own(tags: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(tags, key) ? tags[key] : undefined;
}

function hasAll(tags: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => own(tags, key) === value);
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** By what the zone's clocks show at that moment. */
export function isFree(windows: readonly WindowConfig[], row: Pick<Row, 'verb' | 'tags'>, now: number): boolean {
  const about = windows.filter(
    ({ verbs = ['start', 'stop'], only = {} }) => verbs.includes(row.verb) && hasAll(row.tags, only),
  );
  if (about.some((window) => window.forbid !== undefined && isWithin(window, window.forbid, now))) return false;
  const allowing = about.filter(({ allow }) => allow !== undefined);
  return allowing.length === 0 || allowing.some((window) => isWithin(window, window.allow ?? '', now));
}

function isWithin({ days = DAYS, zone = 'UTC' }: WindowConfig, range: string, now: number): boolean {
  const [from = 0, to = 0] = range.split('-').map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)));
  const { day, minute } = wallClock(zone, now);
  const today = days.includes(DAYS[day] ?? '');
  const yesterday = days.includes(DAYS[(day + 6) % 7] ?? '');
  if (to > from) return today && from <= minute && minute < to;
  return (today && minute >= from) || (yesterday && minute < to);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function wallClock(zone: string, at: number): { readonly day: number; readonly minute: number } {
  const options = { timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const clock = clocks.get(zone) ?? new Intl.DateTimeFormat('en-GB', options);
  clocks.set(zone, clock);
  const part = (type: string): string => clock.formatToParts(at).find((one) => one.type === type)?.value ?? '';
  return {
    day: DAYS.indexOf(part('weekday').toLowerCase()),
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
}
