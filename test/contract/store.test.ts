/** Every promise of src/store/port.ts, over every database that can hold it. */
import { after, describe, test } from 'node:test';
import { startCluster, type Cluster } from '../support/postgres.ts';
import { describeAlertSpans } from './store/alert-spans.ts';
import { describeAudit } from './store/audit.ts';
import { describeClaim } from './store/claim.ts';
import { describeDamage } from './store/damage.ts';
import { createPostgresDatabase, createSqliteDatabase, type CreateDatabase } from './store/database.ts';
import { describeEnqueue } from './store/enqueue.ts';
import { describeJudgements } from './store/judgements.ts';
import { describeHints } from './store/hints.ts';
import { describeHolds } from './store/holds.ts';
import { describeLeaseStops } from './store/lease-stops.ts';
import { describeLeases } from './store/leases.ts';
import { describeLedger } from './store/ledger.ts';
import { describeLifecycle } from './store/lifecycle.ts';
import { describeOverruled } from './store/overruled.ts';
import { describeAnsweredNotices } from './store/answered-notices.ts';
import { describeLinkKeys } from './store/link-keys.ts';
import { describeNotices } from './store/notices.ts';
import { describeSentNotices } from './store/sent-notices.ts';
import { describeLocks } from './store/postgres-locks.ts';
import { describePostgres } from './store/postgres-only.ts';
import { describeUnavailable } from './store/postgres-unavailable.ts';
import { describeMachineLists } from './store/machine-lists.ts';
import { describeMachineTimes } from './store/machine-times.ts';
import { describeMachines } from './store/machines.ts';
import { describeMoves } from './store/moves.ts';
import { describeNeeds } from './store/needs.ts';
import { describePauses } from './store/pauses.ts';
import { describeRandomNotices } from './store/random-notices.ts';
import { describeRead } from './store/read.ts';
import { describeReadings } from './store/readings.ts';
import { describeRehearsed } from './store/rehearsed.ts';
import { describeReplayed } from './store/replayed.ts';
import { describeResolved } from './store/resolved.ts';
import { describeRivals } from './store/rivals.ts';
import { describeSend } from './store/send.ts';
import { describeSchedules } from './store/schedules.ts';
import { describeSettle } from './store/settle.ts';
import { describeSqlite } from './store/sqlite-only.ts';
import { describeStops } from './store/stops.ts';
import { describeVolumes } from './store/volumes.ts';
import { describeTokens } from './store/tokens.ts';
import { describeUnresolvedRivals } from './store/unresolved-rivals.ts';
import { describeUnconfirmed } from './store/unconfirmed.ts';
import { describeWarned } from './store/warned.ts';
import { describeWords } from './store/words.ts';

function describeStore(create: CreateDatabase): void {
  describeEnqueue(create);
  describeResolved(create);
  describeReadings(create);
  describeAudit(create);
  describeClaim(create);
  describeSettle(create);
  describeSend(create);
  describeMoves(create);
  describeRivals(create);
  describeUnresolvedRivals(create);
  describeOverruled(create);
  describeHolds(create);
  describeLeases(create);
  describeLeaseStops(create);
  describeLedger(create);
  describeNeeds(create);
  describeRead(create);
  describeLifecycle(create);
  describeTokens(create);
  describeDamage(create);
  describeWords(create);
  describeSchedules(create);
  describeUnconfirmed(create);
  describeReplayed(create);
  describePauses(create);
  describeRehearsed(create);
  describeWarned(create);
  describeNotices(create);
  describeSentNotices(create);
  describeAnsweredNotices(create);
  describeLinkKeys(create);
  describeMachines(create);
  describeMachineTimes(create);
  describeMachineLists(create);
  describeStops(create);
  describeVolumes(create);
  describeJudgements(create);
}

// Each test has a database of its own.
const SIDE_BY_SIDE = { concurrency: 4 };

describe('the store on SQLite', SIDE_BY_SIDE, () => {
  describeStore(createSqliteDatabase);
  describeAlertSpans(createSqliteDatabase, 40);
  describeRandomNotices(createSqliteDatabase, 15);
  describeSqlite(createSqliteDatabase);
});

const cluster = await startCluster().catch((error: unknown) => String(error));

if (typeof cluster === 'string') {
  test('the store on PostgreSQL', { skip: cluster });
} else {
  describeOn(cluster);
}

function describeOn(running: Cluster): void {
  // Of the whole file: the hooks of a suite do not run when a name pattern leaves all of it out.
  after(async () => running[Symbol.asyncDispose]());
  describe('the store on PostgreSQL', SIDE_BY_SIDE, () => {
    describeStore(createPostgresDatabase(running));
    describeAlertSpans(createPostgresDatabase(running), 10);
    describeRandomNotices(createPostgresDatabase(running), 5);
    describePostgres(running);
    describeLocks(running);
    describeHints(running);
  });
  // It stops the server under all the others.
  describeUnavailable(running);
}
