/** What EC2 answers about machines, read here and by the AWS SDK from the same bytes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import fc from 'fast-check';
import type { Instance } from '../../src/domain/instance.ts';
import { readDescribed } from '../../src/ec2/described-xml.ts';
import { nextTokenOf, parseDescribed } from '../../src/ec2/instance-shape.ts';
import { Ec2Error } from '../../src/ec2/port.ts';
import { answers } from './described-answers.ts';
import { RUNS } from './rows.ts';

const ANSWERS = RUNS > 1_000 ? 10_000 : 100;

type Reading = 'refused' | { readonly machines: readonly Instance[]; readonly nextToken: string | undefined };

let answer = '';
const server = createServer((_request, response) => response.end(answer)).listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
assert.ok(address !== null && typeof address === 'object');
const sdk = new EC2Client({
  endpoint: `http://127.0.0.1:${address.port}`,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
  maxAttempts: 1,
});
after(() => {
  sdk.destroy();
  server.close();
});

function parse(described: unknown): Reading {
  try {
    return { machines: parseDescribed(described, {}), nextToken: nextTokenOf(described) };
  } catch (error) {
    assert.ok(error instanceof Ec2Error);
    assert.equal(error.code, 'ClientOutput');
    return 'refused';
  }
}

async function readBySdk(xml: string): Promise<Reading> {
  answer = xml;
  const described = await sdk.send(new DescribeInstancesCommand()).catch((error: unknown) => {
    assert.match(String(error), /RFC3339/, 'a time that is none is all that the SDK refuses here');
  });
  return parse(described);
}

test('the same machines as the SDK reads, or none for both', async () => {
  let accepted = 0;
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(answers, async (xml) => {
      const reading = parse(readDescribed(xml));
      assert.deepEqual(reading, await readBySdk(xml));
      if (reading === 'refused') return;
      accepted += 1;
      for (const fact of reading.machines.flatMap(factsOf)) seen.set(fact, (seen.get(fact) ?? 0) + 1);
    }),
    { numRuns: ANSWERS },
  );
  console.log(accepted, seen);
});

/** The facts that somebody has to have told about a machine: without them the comparison would be one of defaults. */
function factsOf(machine: Instance): readonly string[] {
  return Object.entries({ ...machine, ...machine.addresses })
    .filter(([, fact]) => fact !== '' && fact !== 'unknown' && JSON.stringify(fact).length > 2)
    .map(([name]) => name);
}
