/** A sender that may act on some machines only, and may not read, is not told which other machines there are. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { operationAnswerSchema, operationsAnswerSchema, type OperationBody } from '../../src/http/schemas.ts';
import { stopAlert } from '../support/alerts.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine } from '../support/fleet.ts';
import { json, problemIn, requestsTo, startOperator, type Operator } from '../support/operator.ts';
import { as, configWith } from '../support/tokens.ts';

const RIGHTS = ['hold', 'start', 'stop'];
const WEB = { tags: { team: 'web' } };

let operator: Operator;
before(async () => {
  operator = await startOperator({
    environment: { AUTH: '' },
    config: configWith(
      {
        ml: { scopes: RIGHTS, only: { team: 'ml' } },
        both: { scopes: ['read', ...RIGHTS], only: { team: 'ml' } },
        acting: { scopes: RIGHTS },
        root: { scopes: ['admin'] },
      },
      { warn: { always: true }, guards: { min_uptime: 'off' } },
    ),
    machines: [
      machine(1, { name: 'own', tags: { team: 'ml' } }),
      machine(2, { name: 'theirs', ...WEB }),
      machine(3, { name: 'gone', state: 'terminated', ...WEB }),
      machine(4, { name: 'twin', ...WEB }),
      machine(5, { name: 'twin', tags: { team: 'ml' } }),
    ],
    names: {},
    watch: true,
  });
  await eventually('the watch has looked', async () =>
    (await request('root', 'GET', '/api/v1/machines')).text.includes(idOf(2)) ? true : undefined,
  );
});
after(async () => {
  assert.deepEqual(operator.changes(), []);
  await operator[Symbol.asyncDispose]();
});

async function request(who: string, method: string, path: string, body?: object): ReturnType<Operator['request']> {
  const { headers, ...sent } = body === undefined ? {} : json(body);
  const given = Object.fromEntries(new Headers(headers));
  return operator.request(path, { ...sent, method, headers: { ...given, ...as(who) }, redirect: 'manual' });
}

/** The first is that of no machine. */
const IDS = [idOf(9), idOf(2), idOf(3), idOf(4)];
const NAMES = ['missing', 'theirs', 'gone', 'twin'];

async function alike(targets: readonly string[], ask: (target: string) => Promise<string>): Promise<string> {
  const answers = await Promise.all(targets.map(async (target) => (await ask(target)).replaceAll(target, 'X')));
  assert.deepEqual([...new Set(answers)], answers.slice(0, 1));
  return answers[0] ?? '';
}

describe('one answer for a machine of others and for none', () => {
  const asks: readonly (readonly [string, string, (target: string) => string, ((target: string) => object)?])[] = [
    ['a hold', 'POST', () => '/api/v1/holds', (target) => ({ target, for: '1h' })],
    ['the end of all holds', 'DELETE', (target) => `/api/v1/holds/${target}?all=true`],
    ['a lease', 'POST', () => '/api/v1/leases', (target) => ({ target, for: '1h' })],
    ['a longer lease', 'PATCH', (target) => `/api/v1/leases/${target}`, () => ({ for: '1h' })],
    ['the end of a lease', 'DELETE', (target) => `/api/v1/leases/${target}`],
  ];
  for (const [what, method, pathOf, bodyOf] of asks) {
    test(what, async () => {
      const ask = async (target: string): Promise<string> =>
        problemIn(await request('ml', method, pathOf(target), bodyOf?.(target)), 404);
      assert.match(await alike(IDS, ask), /^there is no machine "X" that ml may act on, or several have this name/);
      await alike(NAMES, ask);
    });
  }

  for (const press of ['start', 'stop', 'keep', 'release', 'extend', 'cancel']) {
    test(`the button ${press}`, async () => {
      const ask = async (id: string): Promise<string> =>
        problemIn(await request('ml', 'POST', `/machines/${id}/${press}`), 404);
      assert.match(await alike(IDS, ask), /^there is no machine "X" that ml may act on/);
    });
  }

  test('an operation, when it is asked for and later', async () => {
    const shown = (operation: OperationBody): string => {
      const { id, createdAt, endedAt, cause, trail = [], ...rest } = operation;
      assert.ok(id && createdAt && endedAt && cause);
      const entries = trail.map(({ event, state, reason, message, guard, verdicts }) => ({
        event,
        state,
        reason,
        message,
        guard,
        verdicts,
      }));
      // DNS is asked twice for a name that it does not know.
      return JSON.stringify({ ...rest, trail: entries.filter(({ reason }) => reason !== 'name_unknown') });
    };
    const ask = async (route: string, target: string, dryRun: boolean): Promise<string> => {
      const asked = await request('ml', 'GET', `${route}=${target}&action=stop&dryrun=${dryRun}`);
      assert.equal(asked.status, 404, asked.text);
      const { operation } = operationAnswerSchema.parse(JSON.parse(asked.text));
      const read = await request('ml', 'GET', `/api/v1/operations/${operation.id}`);
      assert.deepEqual(operationAnswerSchema.parse(JSON.parse(read.text)).operation, operation);
      return shown(operation);
    };
    for (const dryRun of [true, false]) {
      await alike(IDS, async (target) => ask('/operateInstance?instance', target, dryRun));
      await alike(NAMES, async (target) => ask('/operateHostname?hostname', target, dryRun));
    }
    const listed = operationsAnswerSchema.parse(JSON.parse((await request('ml', 'GET', '/api/v1/operations')).text));
    assert.deepEqual(
      [...new Set(listed.operations.map(({ reason, instance }) => `${reason ?? ''} ${instance?.id ?? ''}`))],
      ['not_found '],
    );
    const told = operationsAnswerSchema.parse(JSON.parse((await request('root', 'GET', '/api/v1/operations')).text));
    const reasons = new Set(told.operations.map(({ reason }) => reason));
    assert.deepEqual(reasons, new Set(['ambiguous', 'not_found', 'token_selector']), 'a reader is told all');
  });

  test('the cancel of an operation', async () => {
    const root = requestsTo(operator.url, as('root'));
    const [receipt] = await root.post('/operateHostname', [stopAlert(2)]);
    const theirs = receipt?.operation ?? '';
    await root.waiting(theirs, 'warned');
    const none = `${theirs.slice(0, -1)}${theirs.endsWith('0') ? '1' : '0'}`;
    await alike([none, theirs], async (id) =>
      problemIn(await request('ml', 'POST', `/api/v1/operations/${id}/cancel`), 404),
    );
    assert.match(
      problemIn(await request('both', 'POST', `/api/v1/operations/${theirs}/cancel`), 403),
      /both may act only on machines with/,
    );
    assert.equal((await root.read(theirs)).state, 'waiting');
  });
});

test('a sender that may read, or act on every machine, is told which it is', async () => {
  const hold = async (who: string, target: string, status: number): Promise<string> =>
    problemIn(await request(who, 'POST', '/api/v1/holds', { target, for: '1h' }), status);
  assert.match(await hold('both', idOf(2), 403), /both may act only on machines with "team"="ml"$/);
  for (const who of ['both', 'acting']) {
    assert.match(await hold(who, 'twin', 409), new RegExp(`could be .*${idOf(4)}`));
    assert.match(await hold(who, idOf(3), 404), /is terminated/);
  }
});

test('machines of its own stay in reach', async () => {
  const held = await request('ml', 'POST', '/api/v1/holds', { target: 'own', for: '1h' });
  assert.equal(held.status, 201, held.text);
  const root = requestsTo(operator.url, as('root'));
  const [receipt] = await root.post('/operateHostname', [stopAlert(1)]);
  await root.waiting(receipt?.operation, 'held');
  const cancel = await request('ml', 'POST', `/api/v1/operations/${receipt?.operation ?? ''}/cancel`);
  assert.equal(cancel.status, 200, cancel.text);
});
