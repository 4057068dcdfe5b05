/** A restart with credentials of another account, where another machine has the same address. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { startSandboxFor } from '../../src/sandboxed.ts';
import { addressOf, idOf, machine } from '../support/fleet.ts';
import { startOperator, type OperatorOptions } from '../support/operator.ts';

const OTHER = '333333333333';
const OTHER_KEYS = { AWS_ACCESS_KEY_ID: 'AKIASANDBOXOTHER0000' };
const twins: OperatorOptions = {
  machines: [machine(1), machine(2, { account: OTHER, private_ip: addressOf(1) })],
  accounts: { [OTHER]: { keys: [OTHER_KEYS.AWS_ACCESS_KEY_ID] } },
};
const stop = `/operateHostname?hostname=${addressOf(1)}&action=stop&dryrun=false`;

describe('after a restart with credentials of another account', { concurrency: true }, () => {
  test('stops and starts wait, until the former credentials are back', async () => {
    await using first = await startOperator(twins);
    const { operation } = await first.ask(stop);
    assert.equal((await first.end(operation.id)).instance?.id, idOf(1));
    await first.stop();
    await using wrong = await startOperator({ after: first, environment: OTHER_KEYS });
    const asked = [stop, stop.replace('stop', 'start'), stop.replace('dryrun=false', 'dryrun=true')];
    const byId = `/operateInstance?instance=${idOf(1)}&action=start&dryrun=false`;
    const ids: string[] = [];
    for (const one of [...asked, byId]) {
      const { operation: waits } = await wrong.ask(`${one}&wait=0s`);
      await wrong.waiting(waits.id, 'credentials');
      ids.push(waits.id);
    }
    assert.match((await wrong.read(ids.at(-1))).message ?? '', /set aws\.account to "333333333333" and restart/);
    assert.equal(wrong.changes(idOf(2)).length, 0);
    await wrong.stop();
    await using right = await startOperator({ after: first });
    const { operation: again } = await right.ask(byId);
    assert.equal((await right.end(again.id)).state, 'succeeded');
    assert.equal(right.changes(idOf(2)).length, 0);
  });

  test('the configuration confirms it', async () => {
    await using first = await startOperator(twins);
    await first.end((await first.ask(stop)).operation.id);
    await first.stop();
    const config = `aws: { account: "${OTHER}" }`;
    await using other = await startOperator({ after: first, environment: OTHER_KEYS, config });
    const { operation } = await other.ask(stop);
    assert.equal((await other.end(operation.id)).instance?.id, idOf(2));
    await other.stop();
    // It stays confirmed.
    await using later = await startOperator({ after: first, environment: OTHER_KEYS });
    assert.equal((await later.end((await later.ask(stop)).operation.id)).reason, 'already_in_state');
  });
});

test('the sandbox has an account of its own, whichever the configuration states', async () => {
  await using sandboxed = await startSandboxFor(loadConfig({}, `aws: { account: "${OTHER}" }`));
  assert.equal(sandboxed.config.aws.account, '123456789012');
});
