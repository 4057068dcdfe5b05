/** One contract for every way to EC2, over the wire against the sandbox. */
import { rmSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { EMPTY_HOME, findAdapters, isolateProcess } from './ec2-adapters.ts';
import { accountContract } from './ec2-account.ts';
import { answersContract } from './ec2-answers.ts';
import { credentialsContract } from './ec2-credentials.ts';
import { failuresContract } from './ec2-failures.ts';
import { networkContract } from './ec2-network.ts';
import { prepareRun } from './ec2-run.ts';
import { volumesContract } from './ec2-volumes.ts';

isolateProcess();
const { adapters, missing } = findAdapters();

after(() => rmSync(EMPTY_HOME, { recursive: true }));

describe('EC2 contract', { concurrency: true }, () => {
  for (const name of missing) test(name, { skip: name });
  for (const adapter of adapters) {
    describe(adapter.name, { concurrency: false }, () => {
      const run = prepareRun(adapter);
      answersContract(run);
      volumesContract(run);
      failuresContract(run);
      credentialsContract(run);
      networkContract(run);
      accountContract(run);
    });
  }
});
