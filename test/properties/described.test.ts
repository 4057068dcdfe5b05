/** What EC2 answers about machines, read here and by the AWS SDK from the same bytes. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import fc from 'fast-check';
import type { Instance } from '../../src/domain/instance.ts';
import { readDescribed } from '../../src/ec2/described-xml.ts';
import { nextTokenOf, parseDescribed } from '../../src/ec2/instance-shape.ts';
import { Ec2Error } from '../../src/ec2/port.ts';
import { startListener } from '../support/listener.ts';
import { answers } from './described-answers.ts';
import { RUNS } from './rows.ts';

const ANSWERS = RUNS > 1_000 ? 10_000 : 100;

type Reading = 'refused' | { readonly machines: readonly Instance[]; readonly nextToken: string | undefined };

let answer = '';
const listener = await startListener((_request, response) => response.end(answer));
const sdk = new EC2Client({
  endpoint: listener.url,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
  maxAttempts: 1,
});
after(async () => {
  sdk.destroy();
  await listener[Symbol.asyncDispose]();
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
    assert.match(String(error), /RFC3339|out of range/, 'a time that is none is all that the SDK refuses here');
  });
  return parse(described);
}

test('the same machines as the SDK reads, or none for both', async () => {
  let accepted = 0;
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(answers, async (xml) => {
      const reading = parse(readDescribed(xml));
      assert.deepEqual(reading, await readBySdk(xml));
      if (reading === 'refused') return;
      accepted += 1;
      for (const fact of reading.machines.flatMap(factsOf)) seen.add(fact);
      if (reading.nextToken !== undefined) seen.add('nextToken');
    }),
    { numRuns: ANSWERS },
  );
  assert.ok(accepted > ANSWERS / 2, `${accepted} of ${ANSWERS} answers could be read`);
  assert.deepEqual([...seen].toSorted(), FACTS);
});

/** All that can be said about a machine, and the answer's own: an answer in which all are empty would compare nothing. */
const FACTS = [
  'addresses',
  'availabilityZone',
  'billing',
  'committed',
  'elasticIps',
  'id',
  'ipv6',
  'launchedAt',
  'lifecycle',
  'managedBy',
  'nextToken',
  'place',
  'primary',
  'public',
  'rootDevice',
  'secondary',
  'secondaryIpv6',
  'state',
  'stateReason',
  'tags',
  'transitionReason',
  'type',
  'vpc',
];

function factsOf(machine: Instance): readonly string[] {
  return Object.entries({ ...machine, ...machine.addresses })
    .filter(([, fact]) => fact !== 'unknown' && !EMPTY.has(JSON.stringify(fact)))
    .map(([name]) => name);
}

const EMPTY = new Set(['""', '[]', '{}']);
