/** What hostile text leaves behind: in the log, in the metrics, and in the time it takes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { alert, delivery } from '../support/alerts.ts';
import { addressOf, idOf } from '../support/fleet.ts';
import { bearer } from '../support/tokens.ts';
import { serveProcess } from '../support/process.ts';
import { json, problemIn, requestsTo, startOperator, temporaryDirectory } from '../support/operator.ts';

const FORGED = '{"level":"error","message":"forged"}';
const HOSTILE = [
  `a\n${FORGED}`,
  `a\r\n${FORGED}`,
  `a\u2028${FORGED}`,
  `a\u0085${FORGED}`,
  '\u001b[2J\u001b]0;title\u0007',
  '\u009b31m',
  '\u202egnp.exe',
  '\u0000\u007f',
  `","message":"forged`,
  '%s %o %j %c',
];
const lineSchema = z.object({ level: z.string(), message: z.string() });
/** What a terminal obeys, or a reader of lines takes for an end. */
const OBEYED = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

describe('the log of a process', { concurrency: true }, () => {
  for (const format of ['json', 'pretty']) {
    test(`as ${format}, has no line and no order to a terminal that labels have put there`, async () => {
      await using stack = new AsyncDisposableStack();
      const directory = await temporaryDirectory(stack);
      const environment = { LOG_LEVEL: 'debug', LOG_FORMAT: format, DATA_DIR: directory, AWS_REGION: 'eu-central-1' };
      const server = stack.use(await serveProcess({ ...environment, PORT: '0' }));
      const { request } = requestsTo(server.url);
      const fields = ['hostname', 'instance', 'action', 'client', 'region', 'account', 'alertname', 'on_resolved'];
      for (const text of HOSTILE) {
        const alerts = fields.map((name) =>
          alert({ hostname: 'no.such.machine.invalid', dryrun: 'true', [name]: text }),
        );
        const broken = [...alerts, alert({}, { status: text }), alert({}, { startsAt: text }), text];
        await request(
          '/operateHostname',
          json(delivery(broken, { receiver: text, groupKey: text, truncatedAlerts: 1 })),
        );
        await request('/operateHostname', { ...json({}), body: text });
        const named = new URLSearchParams({ instance: text, action: text });
        await request(`/operateInstance?${named.toString()}`);
        await request(`/${encodeURIComponent(text)}`);
      }
      server.kill('SIGTERM');
      assert.equal((await server.exit).code, 0);
      assert.ok(server.lines.length > 100, `${server.lines.length} lines`);
      for (const line of server.lines) {
        assert.doesNotMatch(line, OBEYED, JSON.stringify(line));
        if (format === 'pretty') assert.doesNotMatch(line, /^\s*\{/);
        else assert.notEqual(lineSchema.parse(JSON.parse(line)).message, 'forged');
      }
    });
  }
});

test('ten thousand label values make no series', async () => {
  await using operator = await startOperator({ names: {} });
  const seriesOf = async (): Promise<string[]> => {
    const { text } = await operator.request('/metrics');
    return text
      .split('\n')
      .filter((line) => line.startsWith('ec2_operator_'))
      .map((line) => line.replace(/ \S+$/, ''));
  };
  const fields = ['alertname', 'action', 'client', 'region', 'account', 'hostname', 'on_resolved', 'gpu'];
  const send = async (prefix: string, count: number): Promise<void> => {
    const alerts = Array.from({ length: count }, (_, index) =>
      alert({ hostname: addressOf(1), dryrun: 'true', [fields[index % fields.length] ?? '']: `${prefix}${index}` }),
    );
    const receipts = await operator.post('/operateHostname', alerts);
    for (const id of new Set(receipts.map(({ operation }) => operation))) if (id !== undefined) await operator.end(id);
  };
  // One of each kind brings every reason there is, and the one machine that there is to see.
  await send('first', fields.length);
  const before = await seriesOf();
  await send('more', 10_000);
  for (const agent of ['a', 'b', 'c']) {
    await operator.request(`/no-such-path-${agent}`, { headers: { 'user-agent': agent } });
    await operator.request(`/operateInstance?instance=${agent}&action=${agent}`);
  }
  const after = await seriesOf();
  const more = after.filter((series) => !before.includes(series));
  assert.deepEqual(more, []);
  assert.ok(!after.some((series) => /more\d|first\d/.test(series)));
  assert.ok(before.length < 2_000, `${before.length} series`);
});

test('what a person asks for is quoted in the answer, and short', async () => {
  await using operator = await startOperator();
  for (const text of [...HOSTILE, 'x'.repeat(8_000), '<script>alert(1)</script>']) {
    for (const name of ['action', 'region', 'account', 'client', 'wait', 'instance']) {
      const query = new URLSearchParams({ instance: idOf(1), action: 'stop', [name]: text });
      const answer = await operator.request(`/operateInstance?${query.toString()}`);
      assert.equal(answer.status, 400, answer.text);
      assert.doesNotMatch(answer.text, OBEYED);
      assert.ok(answer.text.length < 400, answer.text);
    }
  }
});

test('what an admin gets wrong in a token is quoted in the answer, and short', async () => {
  const secret = 'a-token-that-opens-everything';
  await using operator = await startOperator({ environment: { AUTH: '', AUTH_TOKEN: secret } });
  const good = { name: 'team', scopes: ['stop'] };
  for (const text of [...HOSTILE, 'x'.repeat(1_000_000)]) {
    for (const change of [
      { [text]: 1 },
      { only: { [text]: 1 } },
      { name: text },
      { scopes: [text] },
      { expiresAt: text },
    ]) {
      const init = json({ ...good, ...change });
      const headers = { ...Object.fromEntries(new Headers(init.headers)), ...bearer(secret) };
      const detail = problemIn(await operator.request('/api/v1/tokens', { ...init, headers }), 400);
      assert.doesNotMatch(detail, OBEYED);
      assert.ok(detail.length < 300, detail.slice(0, 300));
    }
  }
});
