import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  filterParameters,
  flagParameter,
  listParameter,
  numberParameter,
  parseParameters,
  refuseUnknown,
} from './query.ts';

const query = (text: string) => parseParameters('', text);

test('parameters come from the query string and the form body together', () => {
  const both = parseParameters('?Action=DescribeInstances', 'Version=2016-11-15&Filter.1.Value.1=a%2Bb+c');
  assert.deepEqual([...both.keys()], ['Action', 'Version', 'Filter.1.Value.1']);
  assert.equal(both.get('Filter.1.Value.1'), 'a+b c');
});

test('list entries are ordered by number, not by position or text', () => {
  assert.deepEqual(listParameter(query('I.10=c&I.2=b&I.1=a&I.x=no&I.0=no&II.1=no'), 'I'), ['a', 'b', 'c']);
});

describe('flags and numbers', () => {
  test('an absent flag is false', () => assert.equal(flagParameter(query(''), 'DryRun'), false));
  test('true in any case is true', () => assert.equal(flagParameter(query('DryRun=True'), 'DryRun'), true));
  test('another word is an error, never false', () => {
    assert.throws(() => flagParameter(query('DryRun=yes'), 'DryRun'), { code: 'InvalidParameterValue' });
  });
  test('an absent number is undefined', () => assert.equal(numberParameter(query(''), 'MaxResults'), undefined));
  test('a word is not a number', () => {
    assert.throws(() => numberParameter(query('MaxResults=five'), 'MaxResults'), { code: 'InvalidParameterValue' });
  });
});

describe('filters', () => {
  test('names and values are joined', () => {
    const text = 'Filter.2.Name=b&Filter.2.Value.1=x&Filter.1.Name=a&Filter.1.Value.2=z&Filter.1.Value.1=y';
    assert.deepEqual(filterParameters(query(text)), [
      { name: 'a', values: ['y', 'z'] },
      { name: 'b', values: ['x'] },
    ]);
  });
  test('a filter without a name is an error', () => {
    assert.throws(() => filterParameters(query('Filter.1.Value.1=x')), { message: "The filter 'null' is invalid" });
  });
  test('a filter without values is an error', () => {
    assert.throws(() => filterParameters(query('Filter.1.Name=vpc-id')), { code: 'MissingParameter' });
  });
});

test('a parameter that the action does not know is an error', () => {
  refuseUnknown(query('Action=a&Version=v&DryRun=true&X-Amz-Date=d&Known=1'), /^Known$/);
  assert.throws(() => refuseUnknown(query('Action=a&InstanceIds.1=i'), /^InstanceId\.\d+$/), {
    code: 'UnknownParameter',
    message: 'The parameter InstanceIds.1 is not recognized',
  });
});
