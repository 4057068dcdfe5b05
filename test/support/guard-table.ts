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
  /** The stop is that of this machine's lease, or of one that it had before. */
  readonly byLease?: 'this one' | 'an earlier one' | undefined;
  readonly beganAt: number;
  readonly only?: Readonly<Record<string, string>> | readonly Readonly<Record<string, string>>[];
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
  /** What people say about it; absent where nobody was asked. */
  readonly said?: Said | undefined;
  /** How people are warned of an automatic stop; absent where they are not. */
  readonly warning?: Warning | undefined;
}

export interface Said {
  readonly pauses: readonly { readonly only?: Readonly<Record<string, string>>; readonly until?: number }[];
  /** The ends of holds. */
  readonly holds: readonly number[];
  /** The person who asks knows that the machine is held. */
  readonly knowsOfHolds: boolean;
  readonly lease?: { readonly since: number; readonly until: number; readonly isStopping?: true };
}

export interface Warning {
  readonly isAlways: boolean;
  readonly beforeMs: number;
  /** A warning that people have had. */
  readonly had?: { readonly at: number; readonly stopsAt: number };
  /** A channel that tells warnings; absent where there is none. */
  readonly channel?: Channel;
}

export interface Channel {
  /** When it delivered that warning; `unwritten` if it was never given it. */
  readonly told: number | 'not yet' | 'unwritten';
  readonly ifUndelivered: 'wait' | 'stop';
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
  if (row.only !== undefined && ![row.only].flat().some((only) => hasAll(tags, only))) refused.push('token_selector');
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
  if (config.stale_alert !== 'off' && isStop && row.byLease === undefined && row.launchedAt > row.beganAt + slack)
    refused.push('stale_alert');

  byPeople(row, refused, waits);
  const toWaitFor = row.verb === 'stop' ? 'pending' : 'stopping';
  if (row.state === toWaitFor || row.state === 'unknown') waits.push('settled');
  const byAlert = !row.byPerson && row.byLease === undefined;
  if (config.still_firing !== 'off' && isStop && byAlert) {
    if (row.firing === 'no') refused.push('still_firing');
    if (row.firing === 'unknown') waits.push('still_firing');
  }
  if (config.recent_alert !== 'off' && isStop && byAlert && row.lastCopyAt !== 'not counted') {
    const isSilent = row.lastCopyAt === 'none' || row.now - row.lastCopyAt > 5 * 60 * 60_000;
    if (row.now - row.askedAt > 60 * 60_000 && isSilent) refused.push('recent_alert');
  }
  if (!row.byPerson) ofTheMoment(row, config, refused, waits);
  return { refused, waits };
}

/** What people have said: a pause, a hold, a lease; and whether they were warned. */
function byPeople(row: Row, refused: string[], waits: string[]): void {
  const { now, tags, said, byPerson, byLease } = row;
  const isStop = row.verb === 'stop';
  const isAutomatic = !byPerson;
  const stopsAt = stopMoment(row);
  if (isAutomatic && isStop && stopsAt > now) waits.push('warned');
  if (said === undefined) return;

  const isPaused = said.pauses.some(({ only = {}, until = Infinity }) => until > now && hasAll(tags, only));
  if (isPaused && isAutomatic) waits.push('paused');

  const isHeld = said.holds.some((until) => until > now) || isHeldByTag(own(tags, 'ec2-operator:hold-until'), now);
  if (isHeld && isStop && isAutomatic) waits.push('held');
  if (isHeld && isStop && byPerson && !said.knowsOfHolds) refused.push('held');

  const { lease } = said;
  const minute = 60_000;
  const isGone = lease !== undefined && row.launchedAt > lease.since + minute;
  if (isStop && byLease !== undefined && (byLease === 'an earlier one' || lease === undefined || isGone))
    refused.push('leased');
  else if (isStop && isAutomatic && lease !== undefined && !isGone) {
    // The lease's own stop may be announced before its end; alerts wait for its end, and let that stop go first.
    const isBehind = byLease === undefined && lease.isStopping === true;
    if (isBehind || lease.until > (byLease === undefined ? now - 2 * minute : stopsAt)) waits.push('leased');
  }
}

/** When the machine would stop: at the end of the warning that people have had, or would have now, or at once. */
function stopMoment({ verb, byPerson, now, tags, warning }: Row): number {
  if (verb !== 'stop' || byPerson || warning === undefined) return now;
  const { isAlways, beforeMs, channel } = warning;
  const had = warnedUntil({ verb, byPerson, now, tags, warning });
  if (had !== undefined) return Math.max(now, had);
  const tag = own(tags, 'ec2-operator:warn');
  if ((!isAlways && channel === undefined) || tag === '0s') return now;
  const before = tag === undefined || tag === 'soon' ? beforeMs : Math.min(ms(tag), 24 * 60 * 60_000);
  return Math.max(now, toSecond(now + before));
}

/** The next full second. */
function toSecond(at: number): number {
  return Math.ceil(at / 1_000) * 1_000;
}

/**
 * When the stop follows that people were warned of. A warning counts until half an hour after that, and not when a clock was set back
 * by more than a day. People who were told more than a minute late have as long as the others, and the stop of a warning that
 * nobody has heard comes as if they were told now. Undefined where no warning counts.
 */
function warnedUntil({
  verb,
  byPerson,
  now,
  tags,
  warning,
}: Pick<Row, 'verb' | 'byPerson' | 'now' | 'tags' | 'warning'>): number | undefined {
  const had = verb === 'stop' && !byPerson ? warning?.had : undefined;
  const [minute, day] = [60_000, 24 * 60 * 60_000];
  if (had === undefined || now < had.at - day) return undefined;
  const { told = 'no matter', ifUndelivered = 'stop' } = warning?.channel ?? {};
  const length = had.stopsAt - had.at;
  const counts = (until: number): number | undefined => (now <= until + 30 * minute ? until : undefined);
  if (typeof told === 'number')
    return counts(told - had.at <= minute ? had.stopsAt : Math.max(had.stopsAt, toSecond(told + length)));
  if (told === 'no matter' || ifUndelivered === 'stop') return counts(had.stopsAt);
  // Its channel is new: people are warned through it once the time of the old warning is over, if they want to be.
  if (told === 'unwritten')
    return now < had.stopsAt || own(tags, 'ec2-operator:warn') === '0s' ? counts(had.stopsAt) : undefined;
  return now < had.stopsAt ? had.stopsAt : toSecond(now + length);
}

/** A date holds until it is over, a date-time until then; all else holds. In UTC. */
function isHeldByTag(tag: string | undefined, now: number): boolean {
  if (tag === undefined) return false;
  const at = Date.parse(/^\d{4}-\d\d-\d\d$/.test(tag) || tag.endsWith('Z') ? tag : `${tag}Z`);
  // Not a time, or a day that no calendar has.
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== tag.slice(0, 10)) return true;
  return (tag.length === 10 ? at + 24 * 60 * 60_000 : at) > now;
}

/** The guards that a person passes. */
function ofTheMoment(row: Row, config: GuardsConfig, refused: string[], waits: string[]): void {
  const { now, tags } = row;
  const isStop = row.verb === 'stop';
  const isAgreed = row.byLease !== undefined;
  // These look at the moment at which the machine would stop.
  const stopsAt = stopMoment(row);
  const { flapping = { count: 4, per: '6h' }, fleet_limit: limit = { count: 25, per: '10m' } } = config;
  // Warned stops are counted when they are announced, for the time at which they come.
  const near = (times: readonly number[], per: string, moment: number): number =>
    times.filter((at) => at > moment - ms(per) && at < moment + ms(per)).length;
  if (flapping !== 'off' && !isAgreed && near(row.ownActs, flapping.per, now) >= flapping.count)
    refused.push('flapping');
  // A warned stop took its place when it was announced.
  if (
    limit !== 'off' &&
    isStop &&
    warnedUntil(row) === undefined &&
    near(row.fleetStops, limit.per, stopsAt) >= limit.count
  )
    waits.push('fleet_limit');
  const { min_uptime: uptime = '60m' } = config;
  if (uptime !== 'off' && !isAgreed && isStop && row.state === 'running') {
    const tag = own(tags, 'ec2-operator:min-uptime');
    if (tag === 'nonsense') refused.push('min_uptime');
    else if (stopsAt - Math.min(row.launchedAt, now) < ms(tag ?? uptime)) waits.push('min_uptime');
  }
  if (config.windows !== undefined && config.windows !== 'off' && !isFree(config.windows, row, stopsAt))
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
