import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Ec2Settings } from '../../src/ec2/accounts.ts';
import type { Environment } from '../../src/config/environment.ts';
import { createBriefMemory, type AccountMemory } from '../../src/ec2/one-account.ts';
import type { Ec2Client } from '../../src/ec2/port.ts';
import { ID, OTHER_KEY } from './ec2-fleet.ts';
import { fails, here, testOnce, type Run } from './ec2-run.ts';

const MAIN = '111111111111';
const OTHER = '333333333333';

/** Whose the machines are that a client may show, over restarts: each client is one. */
export function accountContract(run: Run): void {
  const open = (memory: AccountMemory, changes: Environment = {}, settings: Partial<Ec2Settings> = {}): Ec2Client =>
    run.open(changes, settings, run.sandbox.url, memory);
  const atAddress = async (client: Ec2Client): Promise<readonly string[]> =>
    (await client.describe(here, 'private', ['10.0.1.5'])).map(({ id }) => id);

  describe('the account', () => {
    testOnce(
      run,
      'is remembered: after a restart in another one nothing is shown, also where it shows no machine',
      async () => {
        const memory = createBriefMemory();
        assert.deepEqual(await atAddress(open(memory)), [ID.gpu]);
        const later = open(memory, OTHER_KEYS);
        // Nothing is known of these in the other account, so only STS says whose the answer is.
        await fails(later.describe(here, 'id', [ID.gpu]), 'ClientOtherAccount');
        await fails(open(memory, OTHER_KEYS).describe(here, 'known', [ID.gpu]), 'ClientOtherAccount');
        await fails(open(memory, OTHER_KEYS).survey(here, { by: 'families', families: ['xy'] }), 'ClientOtherAccount');
        const error = await fails(atAddress(later), 'ClientOtherAccount');
        assert.match(
          error.message,
          /^expected machines of account 1{12}, as before, got those of account 3{12}: .* aws\.account to "3{12}" and restart/,
        );
        assert.deepEqual(await atAddress(open(memory)), [ID.gpu]);
      },
    );

    testOnce(run, 'that the configuration states takes the place of the one before, for all who remember', async () => {
      const memory = createBriefMemory();
      const before = open(memory);
      assert.deepEqual(await atAddress(before), [ID.gpu]);
      const stated = open(memory, OTHER_KEYS, { account: OTHER });
      assert.deepEqual(await atAddress(stated), [ID.other]);
      await fails(atAddress(before), 'ClientOtherAccount');
      // Each states it once: two that disagree do not take turns.
      assert.deepEqual(await atAddress(open(memory, {}, { account: MAIN })), [ID.gpu]);
      const error = await fails(atAddress(stated), 'ClientOtherAccount');
      assert.match(error.message, /another replica has begun to act in account 1{12}/);
    });

    testOnce(run, 'that the configuration states is the only one, from the first answer on', async () => {
      const memory = createBriefMemory();
      const error = await fails(atAddress(open(memory, OTHER_KEYS, { account: MAIN })), 'ClientOtherAccount');
      assert.match(
        error.message,
        /^expected machines of account 1{12}, as aws\.account says, got those of account 3{12}/,
      );
      assert.deepEqual(await atAddress(open(memory)), [ID.gpu], 'what is wrong is not remembered');
    });

    testOnce(run, 'of a role is that of its ARN, apart from the own one', async () => {
      const memory = createBriefMemory();
      const client = open(memory);
      const research = { region: 'us-east-1', account: 'research' };
      assert.deepEqual(await atAddress(client), [ID.gpu]);
      assert.equal((await client.describe(research, 'private', ['10.0.1.5'])).length, 1);
      assert.equal(await memory.readSetting('aws_account:research'), '222222222222');
      assert.equal(await memory.readSetting('aws_account'), MAIN);
    });

    testOnce(run, 'that cannot be asked for leaves the answer that a machine is not there as it is', async () => {
      const client = open(createBriefMemory(), { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9' });
      assert.deepEqual(await client.describe(here, 'private', ['10.9.9.9']), []);
    });

    test('is asked for once in a minute of answers without a machine', async () => {
      const client = open(createBriefMemory());
      const calls = run.sandbox.calls.length;
      for (const address of ['10.9.9.8', '10.9.9.9']) await client.describe(here, 'private', [address]);
      const actions = run.sandbox.calls.slice(calls).map(({ action }) => action);
      assert.deepEqual(actions, ['DescribeInstances', 'GetCallerIdentity', 'DescribeInstances']);
    });

    testOnce(run, 'is not taken for known where the memory cannot be read', async () => {
      const away = async (): Promise<never> => Promise.reject(new Error('the store is away'));
      const memory = { ...createBriefMemory(), readSetting: away };
      await assert.rejects(atAddress(open(memory)), /the store is away/);
    });
  });
}

const OTHER_KEYS = { AWS_ACCESS_KEY_ID: OTHER_KEY, AWS_SECRET_ACCESS_KEY: 'example' };
