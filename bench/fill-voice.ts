/** Fills a store with what people say about machines. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSqliteStore } from '../src/store/sqlite.ts';

const DAY_MS = 86_400_000;

/** As many holds as leases, each of a machine of its own that no alert names. */
export async function fillVoice(dataDir: string, count: number): Promise<void> {
  await (await openSqliteStore(dataDir)).close();
  const database = new DatabaseSync(path.join(dataDir, 'ec2-operator.sqlite'));
  const now = Date.now();
  const numbers = `with recursive numbers (n) as (select 0 union all select n + 1 from numbers where n < ${count - 1})`;
  const machine = `'i-f' || printf('%016x', n)`;
  const about = `'person-' || (n % 50), 'training', '{"region":"eu-central-1"}', 'gpu-' || n`;
  try {
    database.exec(`insert into hold (instance_id, holder, since_at, until_at, who, why, place, instance_name)
      ${numbers} select ${machine}, 'person-' || (n % 50), ${now}, ${now + DAY_MS} + n, ${about} from numbers`);
    database.exec(`insert into lease (id, instance_id, since_at, until_at, length_ms, ask_at, who, why, place, instance_name)
      ${numbers} select 'lease-' || n, ${machine}, ${now}, ${now + DAY_MS} + n, ${DAY_MS}, ${now + DAY_MS} + n, ${about} from numbers`);
  } finally {
    database.close();
  }
}
