/** The buttons of the machines page, pressed by programs and by pages that are old or hostile: never the wrong machine. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { stopAlert } from '../support/alerts.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine, machines } from '../support/fleet.ts';
import { requestsTo, startOperator, type Answer, type Operator } from '../support/operator.ts';
import { as, configWith } from '../support/tokens.ts';

let operator: Operator;
before(async () => {
  operator = await startOperator({
    machines: [...machines(5), machine(6, { tags: { 'ec2-operator:hold-until': '2099-01-01' } }), machine(7)],
    config: 'warn: { always: true }\nguards: { min_uptime: off }',
    watch: true,
  });
  await eventually('the watch has looked', async () => {
    const { text } = await operator.request('/');
    return text.includes(`id="${idOf(6)}"`) ? true : undefined;
  });
});
after(async () => operator[Symbol.asyncDispose]());

async function press(number: number, what: string, form: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const body = new URLSearchParams(form);
  return operator.request(`/machines/${idOf(number)}/${what}`, { method: 'POST', body, redirect: 'manual' });
}

test('a stop has to be confirmed for this machine, as it was when the person looked', async () => {
  const { text } = await operator.request(`/machines/${idOf(1)}/stop`);
  const since = /name="since" value="(\d+)"/.exec(text)?.[1] ?? '';
  for (const [form, status] of [
    [{}, 400],
    [{ confirm: idOf(2), since }, 400],
    [{ confirm: idOf(1), since: String(Number(since) - 1) }, 409],
  ] as const) {
    const answer = await press(1, 'stop', form);
    assert.equal(answer.status, status);
    assert.match(answer.text, /role="alert">Nothing was changed/);
  }
  assert.deepEqual(operator.changes(), []);
  assert.equal((await press(1, 'stop', { confirm: idOf(1), since })).status, 303);
  assert.deepEqual(
    operator.changes().map(({ action, instanceIds }) => [action, ...instanceIds]),
    [['StopInstances', idOf(1)]],
  );
});

test('a stop that a proxy sends twice is told as done, also when the machine has stopped in between', async () => {
  const confirmed = async (): Promise<Readonly<Record<string, string>>> => {
    const { text } = await operator.request(`/machines/${idOf(7)}/stop`);
    return { confirm: idOf(7), since: /name="since" value="(\d+)"/.exec(text)?.[1] ?? '' };
  };
  const form = await confirmed();
  const { headers } = await press(7, 'stop', form);
  await operator.end(/did=asked\.([\w-]+)/.exec(headers.get('location') ?? '')?.[1]);
  await eventually('the page shows it', async () => (await confirmed())['since'] !== form['since'] || undefined);
  const again = await press(7, 'stop', form);
  assert.deepEqual([again.status, again.headers.get('location')], [303, `../../?did=already.${idOf(7)}`]);
  assert.equal(operator.changes(idOf(7)).length, 1);
});

test('a machine that a tag holds is stopped by who says so', async () => {
  const { text } = await operator.request(`/machines/${idOf(6)}/stop`);
  assert.match(text, /The tag ec2-operator:hold-until=[^<]* holds it until/);
  assert.match(text, /name="override" value="true" required/);
  const since = /name="since" value="(\d+)"/.exec(text)?.[1] ?? '';
  assert.equal((await press(6, 'stop', { confirm: idOf(6), since, override: 'true' })).status, 303);
  assert.deepEqual(
    operator.changes(idOf(6)).map(({ action }) => action),
    ['StopInstances'],
  );
});

test('a cancel is for an operation of this machine alone', async () => {
  const [receipt] = await operator.post('/operateHostname', [stopAlert(2)]);
  await operator.waiting(receipt?.operation, 'warned');
  const operation = receipt?.operation ?? '';
  assert.equal((await press(3, 'cancel', { operation })).status, 400);
  assert.equal((await press(2, 'cancel')).status, 400);
  assert.equal((await operator.read(operation)).state, 'waiting');
  assert.equal((await press(2, 'cancel', { operation })).status, 303);
  assert.equal((await operator.read(operation)).state, 'cancelled');
});

test('a press leads back to the page and its filter, and nowhere else', async () => {
  const keep = async (back: string) =>
    (await press(4, 'keep', { keep: '1h', at: String(Date.now()), back })).headers.get('location');
  assert.equal(await keep('?owner=pia&sort=owner'), `../../?owner=pia&sort=owner&did=kept.${idOf(4)}`);
  assert.equal(await keep('machine'), `../../machines/${idOf(4)}?did=kept.${idOf(4)}`);
  for (const back of ['https://evil.example', '//evil.example', '/../x', '?sort=evil', 'javascript:alert(1)'])
    assert.equal(await keep(back), `../../?did=kept.${idOf(4)}`, back);
});

test('a lease is extended until the time that the page showed, however often it is pressed', async () => {
  const sent = async (method: string, path: string, body: object): Promise<number> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await operator.request(path, { method, headers, body: JSON.stringify(body) });
    return Date.parse(/"until":"([^"]+)"/.exec(answer.text)?.[1] ?? '');
  };
  const made = await sent('POST', '/api/v1/leases', { target: idOf(5), for: '2h' });
  const { text } = await operator.request(`/machines/${idOf(5)}/keep`);
  const shown = /name="extend" value="(\d+)"/.exec(text)?.[1] ?? '';
  assert.equal(Number(shown), made + 3_600_000);
  const end = async (): Promise<string> => (await operator.request(`/api/v1/leases?instance=${idOf(5)}`)).text;
  for (const _ of [1, 2]) {
    assert.equal((await press(5, 'extend', { extend: shown })).status, 303);
    assert.ok((await end()).includes(new Date(made + 3_600_000).toISOString()));
  }
  const moved = await sent('PATCH', `/api/v1/leases/${idOf(5)}`, { for: '4h' });
  assert.equal((await press(5, 'extend', { extend: shown })).status, 303);
  assert.ok((await end()).includes(new Date(moved).toISOString()), 'an older page makes no lease shorter');
});

test('a page that was open for long is asked afresh, and one of a replica whose clock is a little ahead is not', async () => {
  for (const at of [Date.now() - 3_600_000, Date.now() + 60_000]) {
    const answer = await press(3, 'keep', { keep: '4h', at: String(at) });
    assert.equal(answer.status, 409);
    assert.match(answer.text, /open for long/);
    assert.match((await operator.request(`/api/v1/holds?instance=${idOf(3)}`)).text, /"holds":\[\]/);
  }
  assert.equal((await press(3, 'keep', { keep: '4h', at: String(Date.now() + 5_000) })).status, 303);
  assert.equal((await press(3, 'release')).status, 303);
});

test('where no machine is known, the page says what to do', async () => {
  await using fresh = await startOperator({
    config: 'guards: { require_tag: { key: ec2-operator, value: allowed } }',
  });
  const { text } = await fresh.request('/');
  assert.match(text, /No machine is known yet/);
  assert.match(text, /aws ec2 create-tags .*Key=ec2-operator,Value=allowed/);
});

describe('rights to one machine', () => {
  const stack = new AsyncDisposableStack();
  let closed: Operator;
  before(async () => {
    closed = stack.use(
      await startOperator({
        environment: { AUTH: '' },
        machines: [machine(1, { name: 'secret-project', tags: { owner: 'pia@example.org', team: 'ml' } })],
        config: configWith(
          {
            blind: { scopes: ['start', 'stop'] },
            seeing: { scopes: ['read', 'start', 'stop'] },
            reader: { scopes: ['read'] },
            web: { scopes: ['read', 'stop'], only: { team: 'web' } },
            ml: { scopes: ['read', 'stop'], only: { team: 'ml' } },
            admin: { scopes: ['admin'] },
          },
          { warn: { always: true }, guards: { min_uptime: 'off' } },
        ),
        watch: true,
      }),
    );
    await eventually('the watch has looked', async () => {
      const { text } = await closed.request('/', { headers: as('seeing') });
      return text.includes('secret-project') ? true : undefined;
    });
  });
  after(async () => stack.disposeAsync());

  test('who may act and not read is told why a press was refused, and nothing of the machine', async () => {
    const refuse = async (name: string, what: string): Promise<string> => {
      const { status, text } = await closed.request(`/machines/${idOf(1)}/${what}`, {
        method: 'POST',
        body: new URLSearchParams({ operation: 'none' }),
        headers: { ...as(name), accept: 'text/html' },
      });
      assert.match(String(status), /^4/, `${what} by ${name}`);
      return text;
    };
    const facts = /secret-project|pia@example|<dt>/;
    for (const what of ['stop', 'keep', 'extend', 'cancel']) {
      const [blind, seeing] = [await refuse('blind', what), await refuse('seeing', what)];
      assert.doesNotMatch(blind, facts, what);
      assert.match(blind, /<p>[^<]{10,}<\/p>/, what);
      assert.match(seeing, facts, what);
    }
  });

  test('the page of an operation offers its cancel to who may cancel on this machine', async () => {
    const [receipt] = await requestsTo(closed.url, as('admin')).post('/operateHostname', [stopAlert(1)]);
    await requestsTo(closed.url, as('admin')).waiting(receipt?.operation, 'warned');
    const offers = async (name: string): Promise<boolean> => {
      const { text } = await closed.request(`/operations/${receipt?.operation}`, { headers: as(name) });
      return text.includes('Cancel this stop');
    };
    for (const name of ['reader', 'web']) assert.equal(await offers(name), false, name);
    for (const name of ['ml', 'admin']) assert.equal(await offers(name), true, name);
  });
});

test('a stop that waits because EC2 gives no answer is cancelled by its button', async () => {
  await using away = await startOperator({ watch: true });
  await eventually('the watch has looked', async () => {
    const { text } = await away.request('/');
    return text.includes(`id="${idOf(1)}"`) ? true : undefined;
  });
  const error = { kind: 'error', code: 'InternalError', message: 'away', status: 500, times: 1_000 } as const;
  away.sandbox.faults.add({ ...error, action: 'DescribeInstances' });
  const { operation } = await away.ask(
    `/operateInstance?instance=${idOf(1)}&action=stop&client=native&dryrun=false&wait=0s`,
  );
  const cancelOf = (id: number) =>
    new RegExp(`formaction="machines/${idOf(id)}/cancel" name="operation" value="${operation.id}"`);
  assert.match((await away.request('/')).text, cancelOf(1));
  const cancel = async (id: number) =>
    away.request(`/machines/${idOf(id)}/cancel`, {
      method: 'POST',
      body: new URLSearchParams({ operation: operation.id }),
      redirect: 'manual',
    });
  assert.equal((await cancel(2)).status, 400);
  assert.equal((await cancel(1)).status, 303);
  assert.equal((await away.read(operation.id)).state, 'cancelled');
});

test('where each start has an end by default, the buttons say so and offer none without', async () => {
  await using site = await startOperator({
    machines: [machine(1, { state: 'stopped' })],
    config: 'leases: { default: 2h }',
    watch: true,
  });
  await eventually('the watch has looked', async () => {
    const { text } = await site.request('/');
    return /formaction="machines\/[^"]*\/start">Start for 2 h<\/button>/.test(text) ? true : undefined;
  });
  const { text } = await site.request(`/machines/${idOf(1)}/start`);
  assert.match(text, /name="for" value="1h"/);
  assert.doesNotMatch(text, /Without an end/);
});

test('a question that no longer fits the state of the machine says so', async () => {
  assert.match((await operator.request(`/machines/${idOf(3)}/start`)).text, /class="note">It runs already\./);
  await eventually('the machine that was stopped above is seen to be off', async () => {
    const { text } = await operator.request(`/machines/${idOf(1)}/keep`);
    return /class="note">It is stop\w+, and keeping it does not start it\./.test(text) ? true : undefined;
  });
});
