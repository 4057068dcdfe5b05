/** Which index answers what: with a million operations, any other plan keeps the whole process waiting. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Kysely, type LogEvent } from 'kysely';
import { queuedWith } from '../../test/support/operation.ts';
import { createCount, oldestOpen } from './count.ts';
import type { InstanceState } from '../domain/instance.ts';
import { STATES } from '../domain/operation.ts';
import type { Sighting } from '../domain/machine.ts';
import { listMachines } from './list-machines.ts';
import { findIds, list } from './list.ts';
import { createMachineReader, readMachineRows } from './machine-rows.ts';
import { migrate } from './migrate.ts';
import { prune } from './prune.ts';
import { readRehearsed } from './rehearsed.ts';
import { readAudit } from './read-audit.ts';
import { recordSeen } from './record-seen.ts';
import { namedMachines, readIntervals } from './watch.ts';
import { nextNoticeAt, toldOf } from './notices.ts';
import { findOvertaken } from './overtaken.ts';
import type { Database } from './schema.ts';
import { readVoices } from './voice.ts';
import { openSqliteFile, sqliteDialect } from './sqlite-dialect.ts';
import { listNotices } from './read-notices.ts';
import { readingsOf } from './episodes.ts';
import { readUnresolved } from './standing.ts';

const asked: LogEvent['query'][] = [];
let directory: string;
let file: ReturnType<typeof openSqliteFile>;
let db: Kysely<Database>;

before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-plans-'));
  file = openSqliteFile(path.join(directory, 'test.sqlite'));
  const dialect = sqliteDialect(file);
  const log = ({ query }: LogEvent): void => void asked.push(query);
  db = new Kysely<Database>({ dialect, log });
  await migrate(db, { counter: { type: 'integer', define: (column) => column.autoIncrement() } });
});
after(async () => {
  await db.destroy();
  await rm(directory, { recursive: true });
});

/** The ways in which SQLite goes through the tables for what is asked meanwhile. */
async function waysOf(ask: () => Promise<unknown>): Promise<string> {
  asked.length = 0;
  await ask();
  const plans = asked
    .filter(({ sql }) => /^\s*(?:select|delete|with)/.test(sql))
    .flatMap(({ sql, parameters }) =>
      file.prepare(`explain query plan ${sql}`).all(...parameters.map((value) => String(value))),
    );
  return [...new Set(plans.map(({ detail }) => String(detail)))].join('\n');
}

async function see(state: InstanceState, at: number): Promise<void> {
  const seen: Sighting = { id: 'i-1', place: {}, state, type: 't', availabilityZone: 'a', launchedAt: 1, tags: {}, at };
  await recordSeen(async (work) => db.transaction().execute(work), [seen], { now: at, concurrent: false });
}

const WAYS: Readonly<Record<string, readonly [ask: () => Promise<unknown>, way: RegExp]>> = {
  'all operations': [async () => list(db, { limit: 9 }), /SCAN operation USING (?:COVERING )?INDEX sqlite_autoindex/],
  'operations of a state': [
    async () => list(db, { limit: 9, states: ['waiting'] }),
    /operation_state \(state=\? AND verb=\? AND dry_run=\?\)/,
  ],
  'starts from a cursor on': [
    async () => list(db, { limit: 9, verb: 'start', cursor: 'x' }),
    /operation_state \(state=\? AND verb=\? AND dry_run=\? AND id<\?\)/,
  ],
  'dry runs of a week': [
    async () => list(db, { limit: 9, dryRun: true, since: 9e9 }),
    /operation_state \(state=\? AND verb=\? AND dry_run=\? AND id>\?\)/,
  ],
  'operations of a machine': [
    async () => list(db, { limit: 9, machine: { target: 'gpu-1', name: 'gpu-1', instance: 'i-1' } }),
    /operation_target \(target=\?\)[^]*operation_instance_id \(instance_id=\?\)/,
  ],
  'operations of a sender': [
    async () => list(db, { limit: 9, askedBy: 'ada', states: ['waiting'] }),
    /audit_who \(who=\? AND event=\?\)(?![^]*TEMP B-TREE FOR ORDER BY)/,
  ],
  'dry runs to be summed up': [
    async () => readRehearsed(db, 9e9, 9e9, 9),
    /operation_state \(state=\? AND verb=\? AND dry_run=\? AND id>\?\)(?![^]*TEMP B-TREE)/,
  ],
  'the end of an id': [async () => findIds(db, 'abcd', 9), /operation_id_end \(<expr>>\? AND <expr><\?\)/],
  'counts by state': [
    async () => createCount(db)(),
    /COVERING INDEX operation_state \(state=\?\)(?![^]*TEMP B-TREE FOR ORDER BY)/,
  ],
  'the oldest open ones': [async () => oldestOpen(db), /operation_open_state \(state=\?\)/],
  'audit by who and event': [
    async () => readAudit(db, { limit: 9, who: 'ada', event: 'state' }),
    /audit_who \(who=\? AND event=\?\)/,
  ],
  'audit by who': [
    async () => readAudit(db, { limit: 9, who: 'ada', since: 1 }),
    /audit_who \(who=\? AND event=\? AND at>\?\)/,
  ],
  'audit of a machine': [
    async () => readAudit(db, { limit: 9, machine: 'i-1' }),
    /audit_instance \(instance_id=\? AND event=\?\)[^]*audit_operation \(operation_id=\?\)[^]*operation_instance_id/,
  ],
  'holds of a machine': [
    async () => readAudit(db, { limit: 9, machine: 'i-1', event: 'hold', since: 1 }),
    /audit_instance \(instance_id=\? AND event=\? AND at>\?\)/,
  ],
  'what people say about a machine': [
    async () => readVoices(db, ['i-1'], 9),
    /hold_of_instance \(instance_id=\? AND until_at>\?\)[^]*lease_\w+ \(instance_id=\?\)/,
  ],
  'notices that are due': [
    async () => nextNoticeAt(db, ['ml']),
    /notice_due \(channel=\?\)[^]*older USING INDEX notice_thread \(thread=\? AND number<\?\)(?![^]*TEMP B-TREE)/,
  ],
  'notices of a channel': [async () => listNotices(db, { limit: 9, channel: 'ml' }), /notice_channel \(channel=\?\)/],
  'what people were told': [async () => toldOf(db, ['a']), /notice_thread \(thread=\?\)/],
  'rows of machines': [
    async () => {
      await see('running', 1);
      await readMachineRows(createMachineReader(db), ['i-1'], 9);
    },
    /^(?=[^]*operation_open_machine \(<expr>=\?\))(?=[^]*COVERING INDEX operation_instance_id \(instance_id=\?\))[^]*COVERING INDEX operation_target/,
  ],
  'machines by the ends that people know': [
    async () => listMachines(createMachineReader(db), { sort: 'stops', descending: false, limit: 9, offset: 0 }, 9),
    /operation_state \(state=\? AND verb=\? AND dry_run=\?\)[^]*SEARCH machine USING INDEX \w+ \(id=\?\)(?![^]*SCAN (?:hold|lease)(?! USING INDEX lease_open))/,
  ],
  'what has ended on machines since operations were asked for': [
    async () =>
      findOvertaken(
        db,
        ['i-1', 'i-2', 'i-3'].map((id) => queuedWith({ instance: { id, place: {} } })),
      ),
    /operation_instance_id \(instance_id=\?\)$/,
  ],
  'starts that have not found their machine': [
    async () => readUnresolved(db, [queuedWith()]),
    /operation_open_instance \(instance_id=\?\)/,
  ],
  'the readings of an alert': [async () => readingsOf(db, ['a']), /episode_alert \(alert=\?\)$/],
  'intervals of a day': [
    async () => readIntervals(db, ['i-1'], 9),
    /SEARCH interval USING INDEX sqlite_autoindex_interval_1 \(instance_id=\? AND until_at>\?\)$/,
  ],
  'machines that operations and people named': [
    async () => namedMachines(db, 9e9, 9),
    /hold_until \(until_at>\?\)[^]*INDEX lease_\w+[^]*operation_open_\w+[^]*operation_instance_id \(instance_id>\?\)[^]*operation_instance_id \(instance_id=\?\)/,
  ],
  'calls that were sent to a machine': [
    async () => {
      await see('running', 1);
      await see('stopped', 2);
    },
    /machine_1 \(id=\?\)[^]*operation_sent \(instance_id=\? AND sent_at>\?\)/,
  ],
  pruning: [
    async () => prune(async (work) => db.transaction().execute(work), { endedBefore: 9, historyBefore: 9 }, 9, false),
    /operation_ended \(ended_at<\?\)[^]*audit_unbound \(operation_id=\? AND at<\?\)/,
  ],
};

for (const [what, [ask, way]] of Object.entries(WAYS)) {
  test(`read from an index in its order: ${what}`, async () => {
    const ways = await waysOf(ask);
    assert.match(ways, way);
    assert.doesNotMatch(ways, /SCAN (?:operation|audit|notice|machine|interval)(?! USING)/);
  });
}

test('a count reads the newest: where the oldest were, PostgreSQL has to pass what was pruned', async () => {
  await waysOf(async () => createCount(db)());
  const each = asked[0]?.sql.match(/where "state" = \? order by "verb" desc, "dry_run" desc, "id" desc limit/g);
  assert.equal(each?.length, STATES.length);
});

test('a state with many operations is counted part by part, and its count is kept for a while', async () => {
  const insert = file.prepare(`insert into operation
    (id, work_key, state, verb, target, intent, attempts, reason, created_at, ended_at, available_at, dry_run)
    values (?, 'w', 'refused', ?, 't', '{}', 0, 'opt_out', 1, 1, 1, ?)`);
  for (let id = 0; id < 11; id += 1) insert.run(`id ${id}`, id % 3 === 0 ? 'start' : 'stop', Number(id % 4 === 0));
  const count = createCount(db, 3);
  const [one, other] = await Promise.all([count(), count()]);
  assert.deepEqual([one.refused, other.refused, one.failed], [undefined, undefined, 0], 'no request waits for it');
  assert.equal(await untilCounted(count), 11);
  insert.run('id 99', 'stop', 0);
  assert.equal((await count()).refused, 11, 'it is kept');
  assert.equal(await untilCounted(createCount(db, 3)), 12);
  assert.equal((await createCount(db)()).refused, 12);
});

async function untilCounted(count: ReturnType<typeof createCount>): Promise<number> {
  for (;;) {
    const { refused } = await count();
    if (refused !== undefined) return refused;
    await nextTurn();
  }
}
