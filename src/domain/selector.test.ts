import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  anyOf,
  covers,
  describeOnly,
  isAmong,
  isSelected,
  onlyKey,
  parseTags,
  selectorKey,
  selectorsOf,
  type Selector,
} from './selector.ts';

test('every tag must be there, with that very value', () => {
  const tags = { team: 'ml', stage: 'dev' };
  assert.ok(isSelected({ team: 'ml' }, { tags }));
  assert.ok(isSelected({ team: 'ml', stage: 'dev' }, { tags }));
  assert.ok(isSelected({}, { tags }));
  assert.ok(!isSelected({ team: 'ML' }, { tags }));
  assert.ok(!isSelected({ team: 'ml', stage: 'prod' }, { tags }));
  assert.ok(!isSelected({ owner: '' }, { tags }));
  assert.ok(!isSelected({ constructor: '' }, { tags: {} }));
});

test('the order in which tags are written makes no difference', () => {
  assert.equal(selectorKey({ a: '1', b: '2' }), selectorKey({ b: '2', a: '1' }));
  assert.notEqual(selectorKey({ a: '1' }), selectorKey({ a: '2' }));
});

const tags = fc.dictionary(fc.constantFrom('team', 'stage', 'owner'), fc.constantFrom('a', 'b'), { maxKeys: 3 });
const selector: fc.Arbitrary<Selector> = tags.filter((given) => Object.keys(given).length > 0);

describe('several selectors', () => {
  test('choose the machines of any of them, and none without one', () => {
    fc.assert(
      fc.property(fc.array(selector, { maxLength: 4 }), tags, (selectors, machine) => {
        const chosen = selectors.some((one) => isSelected(one, { tags: machine }));
        assert.equal(isAmong(anyOf(selectors), { tags: machine }), chosen);
        assert.equal(isAmong(selectors, { tags: machine }), chosen);
      }),
    );
  });

  test('are kept as few, and alone as themselves', () => {
    assert.deepEqual(anyOf([{ team: 'ml' }, { team: 'ml', stage: 'dev' }, { team: 'ml' }]), { team: 'ml' });
    assert.deepEqual(anyOf([{ team: 'ml' }, { team: 'web' }]), [{ team: 'ml' }, { team: 'web' }]);
    assert.deepEqual(anyOf([]), []);
  });

  test('have one key for the same selectors, and others for others', () => {
    fc.assert(
      fc.property(fc.array(selector, { maxLength: 3 }), fc.array(selector, { maxLength: 3 }), (one, other) => {
        const [first, second] = [anyOf(one), anyOf(other)];
        const isSame = covers(first, second) && covers(second, first);
        assert.equal(onlyKey(first) === onlyKey(second), isSame);
        assert.equal(onlyKey(anyOf(one.toReversed())), onlyKey(first));
      }),
    );
    assert.equal(onlyKey({ team: 'ml' }), selectorKey({ team: 'ml' }), 'as in the rows of earlier versions');
  });

  test('cover others where no machine could make a difference', () => {
    fc.assert(
      fc.property(fc.array(selector, { maxLength: 3 }), fc.array(selector, { maxLength: 3 }), (wide, narrow) => {
        const isCovered = covers(wide, narrow);
        // Of the machines, those that a selector just chooses decide.
        assert.equal(
          isCovered,
          narrow.every((machine) => isAmong(wide, { tags: machine })),
        );
      }),
    );
    assert.deepEqual(
      [covers(undefined, { a: '1' }), covers({ a: '1' }, undefined), covers(undefined, undefined)],
      [true, false, true],
    );
  });

  test('are described in words', () => {
    assert.equal(describeOnly({ team: 'ml', stage: 'dev' }), '"team"="ml" and "stage"="dev"');
    assert.equal(describeOnly([{ team: 'ml' }, { team: 'web' }]), '"team"="ml", or "team"="web"');
    assert.equal(selectorsOf([]).length, 0);
  });
});

test('people write tags with commas, and the value is all behind the first equals sign', () => {
  assert.deepEqual(parseTags('team=ml,stage=a=b,empty='), { ok: true, value: { team: 'ml', stage: 'a=b', empty: '' } });
  for (const text of ['', 'ml', '=ml', 'team=ml,', 'team=ml,stage'])
    assert.match(JSON.stringify(parseTags(text)), /expected tags such as team=ml or team=ml,stage=dev, got/, text);
});
