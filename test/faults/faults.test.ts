/**
 * Nothing accepted is lost and no machine is stopped twice for one alert, whatever dies or goes away meanwhile. The long
 * form takes hours: `npm run test:faults`. FAULTS_ROUNDS sets its rounds of killing, FAULTS_SEED repeats its dice.
 */
import { after, describe, test } from 'node:test';
import { startCluster } from '../support/postgres.ts';
import { describeClock } from './clock.ts';
import { describeLostDatabase } from './database.ts';
import { describeFullDisk } from './disk.ts';
import { describeDns } from './dns.ts';
import { describeEc2 } from './ec2.ts';
import { describeFlood } from './flood.ts';
import { byForm, LONG, ROUNDS } from './form.ts';
import { describeKills } from './kill.ts';
import { describeLastMoment } from './last-moment.ts';
import { describeSigterm, describeSigtermAtQuota } from './sigterm.ts';
import { describeOvertaken } from './overtaken.ts';
import { postgresOf, sqlite } from './site.ts';
import { describeTold } from './told.ts';
import { describeTwice } from './twice.ts';

const cluster = await startCluster().catch((error: unknown) => String(error));

// Of the whole file: the hooks of a suite do not run when a name pattern leaves all of it out.
after(async () => (typeof cluster === 'string' ? undefined : cluster[Symbol.asyncDispose]()));

// Most of the time they wait for claims to run out and for machines: that they can do side by side.
describe('faults', { concurrency: 6 }, () => {
  if (typeof cluster === 'string') {
    test('faults on PostgreSQL', { skip: cluster });
  } else {
    const postgres = postgresOf(cluster);
    // A round takes half a minute here: so long a dead replica's claims hold.
    const rounds = byForm({ short: 1, long: ROUNDS });
    describeLostDatabase();
    describeKills('PostgreSQL, one replica', postgres, 1, rounds);
    describeKills('PostgreSQL, three replicas', postgres, 3, rounds);
    describeTwice('PostgreSQL, three replicas', postgres, 3);
    describeOvertaken('PostgreSQL, three replicas', postgres, 3);
    describeLastMoment('PostgreSQL, three replicas', postgres, 3);
    describeSigterm('PostgreSQL, three replicas', postgres, 3);
    // Each kill costs more than a minute here: so long a dead replica's claims hold.
    if (LONG) describeTold('PostgreSQL, three replicas', postgres, 3, 10);
    // Beside all the others it would be their fault as well.
    if (LONG) describeFlood('PostgreSQL', postgres);
  }
  describeFullDisk();
  describeEc2();
  describeKills('SQLite', sqlite, 1, ROUNDS);
  describeTwice('SQLite', sqlite, 1);
  describeOvertaken('SQLite', sqlite, 1);
  describeLastMoment('SQLite', sqlite, 1);
  describeSigterm('SQLite', sqlite, 1);
  describeSigtermAtQuota(sqlite);
  describeTold('SQLite', sqlite, 1, byForm({ short: 1, long: 200 }));
  describeDns();
  describeClock();
  describeFlood('SQLite', sqlite);
});
