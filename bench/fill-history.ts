/** Fills a store with a year of history, quickly: the database makes the rows by itself, as long as real ones are. */

export interface History {
  readonly machines: number;
  /** Of each machine: one stop a day, the last one yesterday. */
  readonly days: number;
  /** In milliseconds since the epoch. */
  readonly until: number;
}

/** The tables of the history, each with what it holds for a machine and day. */
export const HISTORY_TABLES = ['stop', 'interval', 'alert_span', 'wish', 'judgement', 'circumstances'] as const;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const PLACE = '{"account":"111122223333","region":"eu-central-1"}';
const PRICE = '{"perHour":1.5,"currency":"USD","basis":"list","listed":{"region":"eu-central-1","date":"2026-11-27"}}';
const ASKED =
  '{"verb":"stop","target":{"kind":"address","address":"10.0.12.34","text":"10.0.12.34"},"client":"native","dryRun":false}';
const CONTENT = `{"machine":{"tags":{"ec2-operator":"allowed"}},"verdicts":{"${'guard":"allow","'.repeat(36)}":"allow"}}`;
/** How often the tags of a machine, or the verdicts about it, are others than ever before. */
const CHANGES_EVERY_DAYS = 10;

/**
 * For an empty store of either kind. Each machine is stopped by an alert once a day, and a person starts it again. Every tenth machine is
 * wanted back after twenty minutes, and every twentieth stop has no price.
 */
export function fillHistory({ machines, days, until }: History): string {
  const last = machines * days - 1;
  const machine = `(n % ${machines})`;
  const instance = `'i-0a1b2c3d4e' || (1000000 + ${machine})`;
  const stopped = `(${until} - (1 + n / ${machines}) * ${DAY_MS} - ${machine} * 1000)`;
  const started = `(${stopped} + case when ${machine} % 10 = 0 then ${HOUR_MS / 3} else ${10 * HOUR_MS} end)`;
  const [stopping, starting] = ['1', '2'].map((kind) => `'01a21e81-bc1d-7482-${kind}3b2-' || (100000000000 + n)`);
  const digest = (number: string): string => `'zTaNJwXRPwgi' || (1000000000 + ${number})`;
  const insert = (into: string, rows: readonly string[], where = ''): string => `insert into ${into}
    with recursive numbers (n) as (select cast(0 as bigint) union all select n + 1 from numbers where n < ${last})
    ${rows.map((row) => `select ${row} from numbers${where}`).join(' union all ')}`;
  const state = (name: string, since: string, end: string, by: string, operation = 'null'): string =>
    `${instance}, '${name}', ${since}, ${end}, '${by}', ${operation}, '${by === 'alert' ? 'Idle' : 'pia at 10.0.0.7'}'`;
  const judged = (operation: string, at: string): string =>
    `${operation}, ${digest(`n / ${machines * CHANGES_EVERY_DAYS} * ${machines} + ${machine}`)}, ${digest('0')}, ${at}, ${at}, ${at}, 2`;
  return [
    insert(
      `stop (operation_id, instance_id, place, name, owner, type, cause_by, rule, stopped_at, ended_at, changed_at,
        back_by, back_who, wanted_at, ready_at, price, bills_on)`,
      [
        `${stopping}, ${instance}, '${PLACE}', 'gpu-' || ${machine}, 'owner-' || (${machine} % 50), 'g5.xlarge',
          'alert', 'Idle' || (${machine} % 5), ${stopped}, ${started}, ${started}, 'person', 'pia', ${started},
          ${started} + ${MINUTE_MS}, case when n % 20 = 0 then null else '${PRICE}' end, 0.05`,
      ],
    ),
    insert('interval (instance_id, state, since_at, until_at, cause_by, cause_operation, cause_detail)', [
      state('stopping', stopped, `${stopped} + ${MINUTE_MS}`, 'alert', stopping),
      state('stopped', `${stopped} + ${MINUTE_MS}`, started, 'alert', stopping),
      state('pending', started, `${started} + ${MINUTE_MS}`, 'person', starting),
      state('running', `${started} + ${MINUTE_MS}`, `${stopped} + ${DAY_MS}`, 'person', starting),
    ]),
    insert(
      `alert_span (rule, fingerprint, asked, instance_id, place, operation_id, since_at, until_at, ended_at, ending,
        starts_at, heard)`,
      [
        `'Idle' || (${machine} % 5), 'ec7755118' || (1000000 + ${machine}), '${ASKED}', ${instance}, '${PLACE}', ${stopping},
          ${stopped} - ${HOUR_MS}, ${stopped}, ${stopped}, 'resolved', ${stopped} - ${HOUR_MS}, 4`,
      ],
    ),
    insert('wish (operation_id, instance_id, who, at)', [`${starting}, ${instance}, 'pia at 10.0.0.7', ${started}`]),
    insert('judgement (operation_id, circumstances, settings, launched_at, first_at, last_at, times)', [
      judged(`${stopping}`, stopped),
      judged(`${starting}`, started),
    ]),
    insert(
      'circumstances (digest, content, judged_at)',
      [`${digest('n')}, '${CONTENT}', ${until}`],
      ` where n < ${Math.ceil(days / CHANGES_EVERY_DAYS) * machines}`,
    ),
  ].join(';\n');
}
