/** Fills a store with a month of work, quickly: the database makes the rows by itself. */

interface Filling {
  readonly operations: number;
  /** Audit entries of each operation. */
  readonly entries: number;
  /** How many machines they are about. */
  readonly machines: number;
  /** How many of the operations are open. */
  readonly open: number;
  /** When the first and the last was made, in milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

/** Statements that fill an empty store with operations, every tenth a start, and with what was recorded of them. */
export function fillStatements(filling: Filling, database: keyof typeof HEX = 'sqlite'): readonly string[] {
  const hex = HEX[database];
  const { operations, entries, machines, open, from, to } = filling;
  const step = Math.max(1, Math.floor((to - from) / operations));
  const at = `(${from} + n * ${step})`;
  const time = hex(at, 12);
  const id = `substr(${time}, 1, 8) || '-' || substr(${time}, 9, 4) || '-7' || ${hex('n % 4096', 3)} || '-8000-' || ${hex('n * 7919', 12)}`;
  const machine = `(n % ${machines})`;
  const address = `'10.' || (${machine} / 65536) || '.' || (${machine} / 256 % 256) || '.' || (${machine} % 256)`;
  const isOpen = `n >= ${operations - open}`;
  const state = `case when ${isOpen} then 'waiting' when n % 20 < 9 then 'succeeded' when n % 20 < 16 then 'refused' when n % 20 < 18 then 'cancelled' else 'failed' end`;
  const reason = `case when ${isOpen} then 'windows' when n % 20 < 9 then 'state_reached' when n % 20 < 16 then 'not_found' when n % 20 < 18 then 'resolved' else 'deadline' end`;
  const verb = `case when n % 10 = 0 then 'start' else 'stop' end`;
  const intent = `'{"verb":"' || ${verb} || '","target":{"kind":"address","address":{"family":4,"text":"' || ${address} || '"},"text":"' || ${address} || ':9400"},"client":"native","dryRun":false,"cause":{"by":"alert","fingerprint":"' || ${hex(machine, 16)} || '","alertname":"GpuIdle","beganAt":' || ${at} || '}}'`;
  const numbers = `with recursive numbers (n) as (select cast(0 as bigint) union all select n + 1 from numbers where n < ${operations - 1})`;
  return [
    `insert into operation (id, work_key, state, verb, target, intent, attempts, reason, message, instance_id, place, created_at, ended_at, available_at)
     ${numbers} select ${id}, 'work ' || n, ${state}, ${verb}, ${address}, ${intent}, 1, ${reason}, 'no GPU above 2 % since an hour',
       case when n % 20 < 9 then 'i-' || ${hex(machine, 17)} end, '{"region":"eu-central-1"}', ${at},
       case when ${isOpen} then null else ${at} + 60000 end, ${at} + 86400000 from numbers`,
    ...Array.from({ length: entries }, (_, entry) => {
      const isReceipt = entry === entries - 1;
      const event = isReceipt ? 'receipt' : entry === 0 ? 'joined' : 'state';
      const json = isReceipt
        ? `'{"at":' || ${at} || ',"event":"receipt","delivery":"d","who":"alertmanager","remote":"10.0.0.1","fingerprint":"f","outcome":"ignored"}'`
        : `'{"at":' || ${at} || ',"event":"${event}","message":"GpuIdle fires"}'`;
      const bound = isReceipt ? 'null' : id;
      const who = entry % 2 === 0 ? 'null' : `'alertmanager'`;
      return `insert into audit (at, event, operation_id, who, entry)
     ${numbers} select ${at}, '${event}', ${bound}, ${who}, ${json} from numbers`;
    }),
  ];
}

/** A number as text, with zeros before it. */
const HEX = {
  sqlite: (value: string, width: number) => `printf('%0${width}x', ${value})`,
  postgres: (value: string, width: number) => `lpad(to_hex((${value})::bigint), ${width}, '0')`,
} as const;
