import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ROOT } from './dockerfile.ts';

test('the IAM policy allows to find machines, and to start and stop those that carry the tag', () => {
  const policy: unknown = JSON.parse(readFileSync(path.join(ROOT, 'deploy/iam/policy.json'), 'utf8'));
  assert.deepEqual(policy, {
    Version: '2012-10-17',
    Statement: [
      { Sid: 'FindMachines', Effect: 'Allow', Action: 'ec2:DescribeInstances', Resource: '*' },
      {
        Sid: 'StartAndStopTaggedMachines',
        Effect: 'Allow',
        Action: ['ec2:StartInstances', 'ec2:StopInstances'],
        Resource: 'arn:aws:ec2:*:*:instance/*',
        Condition: { StringEquals: { 'aws:ResourceTag/ec2-operator': ['allowed', 'stop-only', 'start-only'] } },
      },
    ],
  });
});

test('the policies that its README shows are JSON', () => {
  const readme = readFileSync(path.join(ROOT, 'deploy/iam/README.md'), 'utf8');
  const shown = [...readme.matchAll(/^ *```json\n(.*?)^ *```$/gms)].map(([, block = '']) => block);
  assert.equal(shown.length, 3);
  for (const block of shown) JSON.parse(block);
});
