/** The calls that a target leads to. The reading of the answers is tested in domain/match and in the acceptance tests. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GUARD_SETTINGS, instanceWith, intentWith } from '../../test/support/operation.ts';
import { placeKey } from '../domain/instance.ts';
import type { Intent } from '../domain/intent.ts';
import { parseHostTarget, type Target } from '../domain/target.ts';
import { Ec2Error } from '../ec2/port.ts';
import type { NameLookup } from './name-lookup.ts';
import { resolve } from './resolve.ts';
import type { EngineSettings } from './settings.ts';

function target(text: string): Target {
  const parsed = parseHostTarget(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

const RESEARCH = { account: 'research', accountNumber: '210987654321', region: 'us-east-1' };
const PLACES = [{ region: 'eu-central-1' }, { region: 'us-east-1' }, RESEARCH];
const BASE = {
  version: 'one',
  guards: GUARD_SETTINGS,
  giveUpMs: { start: 1, stop: 1 },
  verifyMs: { start: 1, stop: 1 },
};

interface World {
  readonly settings?: Partial<EngineSettings>;
  readonly lookup?: NameLookup;
}

/** Resolves while EC2 knows no instance, and returns the questions that were asked. */
async function questions(intent: Partial<Intent>, { settings = {}, lookup }: World = {}) {
  const asked: string[] = [];
  const names: string[] = [];
  const resolution = await resolve(
    {
      settings: {
        places: PLACES,
        hosts: new Map([
          ['mapped', target('10.0.0.7')],
          ['loop', target('loop')],
        ]),
        addresses: { public: false, secondary: false },
        ...BASE,
        ...settings,
      },
      lookUpName: async (name) => {
        names.push(name);
        return Promise.resolve(lookup ?? { answer: 'unknown' });
      },
      describe: async (client, place, by, value) => {
        asked.push(`${client} ${placeKey(place)} ${by} ${value}`);
        return Promise.resolve([]);
      },
    },
    intentWith(intent),
  );
  return { asked: asked.sort(), names, resolution };
}

const reasonOf = ({ resolution }: Awaited<ReturnType<typeof questions>>): string =>
  resolution.resolution === 'instance' ? 'instance' : resolution.reason;

describe('where', () => {
  const cases: readonly (readonly [what: string, intent: Partial<Intent>, places: readonly string[]])[] = [
    ['everywhere', {}, ['/eu-central-1', '/us-east-1', 'research/us-east-1']],
    ['in one region of all accounts', { region: 'us-east-1' }, ['/us-east-1', 'research/us-east-1']],
    ['in one account by its name', { account: 'research' }, ['research/us-east-1']],
    ['in one account by its number', { account: '210987654321' }, ['research/us-east-1']],
    ['where a name of EC2 says', { target: target('ip-10-0-0-1.ec2.internal') }, ['/us-east-1', 'research/us-east-1']],
  ];
  for (const [what, change, places] of cases) {
    test(what, async () => {
      const { asked } = await questions({ target: target('10.0.0.1'), ...change });
      assert.deepEqual(
        asked,
        places.map((place) => `native ${place} private 10.0.0.1`),
      );
    });
  }

  test("without configured places wherever the client's own region is, or the one that is named", async () => {
    const nowhere = { settings: { places: [] } };
    const own = await questions({ target: target('10.0.0.1') }, nowhere);
    assert.deepEqual(own.asked, ['native / private 10.0.0.1']);
    const named = await questions({ target: target('10.0.0.1'), region: 'us-west-2' }, nowhere);
    assert.deepEqual(named.asked, ['native /us-west-2 private 10.0.0.1']);
    assert.equal(reasonOf(await questions({ account: 'research' }, nowhere)), 'unknown_place');
  });

  const nowhere: readonly Partial<Intent>[] = [
    { region: 'ap-south-1' },
    { account: 'nobody' },
    { account: 'research', region: 'eu-central-1' },
    { region: 'eu-central-1', target: target('ip-10-0-0-1.ec2.internal') },
  ];
  for (const intent of nowhere) {
    test(`nowhere: ${JSON.stringify(intent)}`, async () => {
      const answer = await questions(intent);
      assert.equal(reasonOf(answer), 'unknown_place');
      assert.deepEqual(answer.asked, []);
    });
  }
});

describe('by what', () => {
  const one = { places: [{ region: 'eu-central-1' }] };
  const asks = async (text: string, addresses: EngineSettings['addresses'], lookup?: NameLookup) => {
    const world = { settings: { ...one, addresses }, ...(lookup === undefined ? {} : { lookup }) };
    const { asked } = await questions({ target: target(text) }, world);
    return asked.map((line) => line.split(' ').slice(2).join(' '));
  };
  const strict = { public: false, secondary: false };

  test('an id by itself', async () => {
    assert.deepEqual(await asks('i-0000000a', strict), ['id i-0000000a']);
  });

  test('an address by the primary private one, and by more when opted in', async () => {
    assert.deepEqual(await asks('10.0.0.1', strict), ['private 10.0.0.1']);
    assert.deepEqual(await asks('10.0.0.1', { public: true, secondary: false }), [
      'private 10.0.0.1',
      'public 10.0.0.1',
    ]);
    assert.deepEqual(await asks('10.0.0.1', { public: false, secondary: true }), ['secondary 10.0.0.1']);
    assert.deepEqual(await asks('2001:DB8::1', { public: true, secondary: true }), ['ipv6 2001:db8::1']);
  });

  test('a name by all its addresses', async () => {
    const lookup: NameLookup = { answer: 'addresses', addresses: ['10.0.0.1', '2001:db8::1'] };
    assert.deepEqual(await asks('gpu-1', strict, lookup), ['ipv6 2001:db8::1', 'private 10.0.0.1']);
  });
});

describe('names', () => {
  test('of the configuration never go to the resolver', async () => {
    const { names, asked } = await questions({ target: target('MAPPED:9835') });
    assert.deepEqual(names, []);
    assert.ok(asked.every((line) => line.endsWith('private 10.0.0.7')));
  });

  test('that lead to themselves in the configuration are looked up once', async () => {
    assert.deepEqual((await questions({ target: target('loop') })).names, ['loop']);
  });

  const answers: readonly (readonly [lookup: NameLookup, reason: string])[] = [
    [{ answer: 'unknown' }, 'not_found'],
    [{ answer: 'addresses', addresses: [] }, 'not_found'],
    [{ answer: 'failed', message: 'EAI_AGAIN' }, 'lookup_failed'],
    [{ answer: 'addresses', addresses: ['10.0.0.1', '127.0.0.1'] }, 'unusable_address'],
    [{ answer: 'addresses', addresses: ['fe80::1%eth0'] }, 'unusable_address'],
  ];
  for (const [lookup, reason] of answers) {
    test(`${reason}: ${JSON.stringify(lookup)}`, async () => {
      const answer = await questions({ target: target('gpu-1') }, { lookup });
      assert.equal(reasonOf(answer), reason);
      assert.deepEqual(answer.asked, [], 'EC2 is not asked');
    });
  }
});

test('a place that cannot be searched makes the whole answer worthless', async () => {
  const found = instanceWith();
  const settings = { places: PLACES, hosts: new Map(), addresses: { public: false, secondary: false }, ...BASE };
  const parts: Parameters<typeof resolve>[0] = {
    settings,
    lookUpName: async () => Promise.resolve({ answer: 'unknown' }),
    describe: async (_client, { region }) => {
      if (region === 'eu-central-1') return Promise.resolve([found]);
      return Promise.reject(new Ec2Error('RequestLimitExceeded', 'slow down'));
    },
  };
  await assert.rejects(resolve(parts, intentWith({ target: target('10.0.0.1') })), /slow down/);
});
