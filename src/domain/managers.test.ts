import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AWS_LABELS, findManager, MANAGERS } from './managers.ts';

const NONE = { also: [], except: [] };

/** A tag that fits the pattern. */
function tagFor(pattern: string): Readonly<Record<string, string>> {
  const [key = '', value = 'x'] = pattern.split('=');
  return { [key.replace(/\*$/, 'something')]: value };
}

describe('managers', () => {
  for (const { name, tags } of MANAGERS) {
    test(name, () => {
      for (const pattern of tags) {
        const tag = tagFor(pattern);
        const [[key, value] = ['', '']] = Object.entries(tag);
        assert.deepEqual(findManager({ team: 'ml', ...tag }, NONE), { manager: name, key, value }, pattern);
      }
    });
  }

  test('of one tag that AWS has set and that is not known', () => {
    assert.equal(findManager({ 'aws:brand-new-service:pool': 'p' }, NONE)?.manager, 'an AWS service');
  });

  test('none: ordinary tags, what only labels, and what looks like a manager', () => {
    for (const pattern of AWS_LABELS) assert.equal(findManager(tagFor(pattern), NONE), undefined, pattern);
    const ordinary = { Name: 'gpu-1', Vendor: 'NVIDIA', CreatedBy: 'anna', awsApplication: 'x', 'Aws:thing': 'x' };
    const similar = { 'my-kubernetes.io/cluster/x': '1', 'eks:cluster-name-old': 'x', kubernetescluster: 'x' };
    const migrated = { AWSApplicationMigrationServiceManaged: 'mgn.amazonaws.com' };
    assert.equal(findManager({ ...ordinary, ...similar, ...migrated }, NONE), undefined);
  });

  test('more of them where they are configured, and fewer', () => {
    const tags = { 'farm/pool': 'a', 'ray-cluster-name': 'r', Managed: 'by-us' };
    assert.equal(findManager({ 'farm/pool': 'a' }, NONE), undefined);
    assert.equal(findManager(tags, { also: ['farm/*'], except: ['ray-cluster-name'] })?.key, 'farm/pool');
    assert.equal(findManager(tags, { also: ['Managed=by-us'], except: ['ray-*'] })?.key, 'Managed');
    assert.equal(findManager({ Managed: 'no' }, { also: ['Managed=by-us'], except: [] }), undefined);
    assert.equal(findManager({ 'aws:new:tag': '1' }, { also: [], except: ['aws:new:*'] }), undefined);
  });
});
