import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSurveyed } from '../domain/survey-filter.ts';
import { surveyInput } from './request.ts';

test('a survey asks EC2 for tags and families, with their wildcards escaped', () => {
  const tags = [{ key: 'team', value: 'a*b?\\' }, { key: 'ec2-*' }];
  assert.deepEqual(surveyInput({ by: 'tags', tags }, 'next'), {
    Filters: [
      { Name: 'tag:team', Values: [String.raw`a\*b\?\\`] },
      { Name: 'tag-key', Values: [String.raw`ec2-\*`] },
    ],
    MaxResults: 1_000,
    NextToken: 'next',
  });
  assert.deepEqual(surveyInput({ by: 'families', families: ['g', 'trn'] }), {
    Filters: [{ Name: 'instance-type', Values: ['g*', 'trn*'] }],
    MaxResults: 1_000,
  });
});

test('a value that no filter takes is asked for by its key, and compared here', () => {
  for (const value of ['', 'x'.repeat(256), '*'.repeat(128)]) {
    const filter = { by: 'tags', tags: [{ key: 'team', value }] } as const;
    assert.deepEqual(surveyInput(filter).Filters, [{ Name: 'tag-key', Values: ['team'] }]);
    assert.equal(isSurveyed(filter, { type: 'g5.xlarge', tags: { team: value } }), true);
    assert.equal(isSurveyed(filter, { type: 'g5.xlarge', tags: { team: `${value}.` } }), false);
  }
});

test('more tags than EC2 takes filters are compared here', () => {
  const tags = Array.from({ length: 60 }, (_, index) => ({ key: `k${index}`, value: 'v' }));
  const filter = { by: 'tags', tags } as const;
  assert.equal(surveyInput(filter).Filters.length, 50);
  const has = Object.fromEntries(tags.map(({ key, value }) => [key, value]));
  assert.equal(isSurveyed(filter, { type: '', tags: has }), true);
  assert.equal(isSurveyed(filter, { type: '', tags: { ...has, k59: 'w' } }), false);
});
