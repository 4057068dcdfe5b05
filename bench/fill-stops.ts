/** Fills a store with a year of stops, quickly: the database makes the rows by itself. */

export interface Stops {
  readonly machines: number;
  /** Of each machine: one a day, the last one yesterday. */
  readonly days: number;
  /** In milliseconds since the epoch. */
  readonly until: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const PRICE = '{"perHour":1.5,"currency":"USD","basis":"list"}';

/** For an empty store of either kind. Every tenth machine is wanted back after twenty minutes, and every twentieth stop has no price. */
export function fillStops({ machines, days, until }: Stops): string {
  const machine = `(n % ${machines})`;
  const stoppedAt = `(${until} - (1 + n / ${machines}) * ${DAY_MS} - ${machine} * 1000)`;
  const isRegret = `${machine} % 10 = 0`;
  const endedAt = `(${stoppedAt} + case when ${isRegret} then ${HOUR_MS / 3} else ${10 * HOUR_MS} end)`;
  const last = machines * days - 1;
  return `insert into stop (operation_id, instance_id, place, name, owner, type, cause_by, rule, stopped_at, ended_at, changed_at,
      back_by, back_who, wanted_at, ready_at, price, bills_on)
    with recursive numbers (n) as (select cast(0 as bigint) union all select n + 1 from numbers where n < ${last})
    select 'op-' || n, 'i-' || (10000000 + ${machine}), '{"account":"111122223333","region":"eu-central-1"}',
      'gpu-' || ${machine}, 'owner-' || (${machine} % 50), 'g5.xlarge', 'alert', 'Idle' || (${machine} % 5),
      ${stoppedAt}, ${endedAt}, ${endedAt}, 'person', 'pia', ${endedAt}, ${endedAt} + 60000,
      case when n % 20 = 0 then null else '${PRICE}' end, 0.05
    from numbers`;
}
