/** Both webhook routes, and the plan, against bodies that nobody who means well would send. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { receiptsSchema } from '../../src/http/schemas.ts';
import { addressOf, idOf } from '../support/fleet.ts';
import { anyBody, envelope, hostileAlert, isJson } from './bodies.ts';
import { WEBHOOKS } from './form.ts';
import { AUTHORIZED, NEIGHBOURS, startSite, throwAt, type Answered, type Site } from './site.ts';

type Route = 'instance' | 'hostname';

let site: Site;
before(async () => {
  site = await startSite();
});
after(async () => site[Symbol.asyncDispose]());

const delivery = fc.record({
  route: fc.constantFrom<Route>('instance', 'hostname'),
  method: fc.constantFrom('POST', 'POST', 'POST', 'PUT', 'PLAN'),
  before: fc.array(hostileAlert, { maxLength: 2 }),
  neighbour: fc.integer({ min: 1, max: NEIGHBOURS }),
  after: fc.array(hostileAlert, { maxLength: 2 }),
  envelope,
});
type Delivery = typeof delivery extends fc.Arbitrary<infer T> ? T : never;

/** The valid alert asks for the same in each delivery, so that it opens few operations and joins, or is done, mostly. */
function neighbourOf({ neighbour, route }: Delivery): string {
  const labels = route === 'instance' ? { instance_id: idOf(neighbour) } : { hostname: addressOf(neighbour) };
  return JSON.stringify({
    status: 'firing',
    labels: { ...labels, alertname: 'Neighbour', action: 'stop', dryrun: 'false' },
    startsAt: '2026-11-20T00:00:00Z',
    fingerprint: `neighbour-${neighbour}`,
  });
}

async function send(route: Route, method: string, body: string): Promise<Answered> {
  const isPlan = method === 'PLAN';
  const given: unknown = isJson(body) ? JSON.parse(body) : undefined;
  site.named.webhook(route, given, !isPlan);
  const path = isPlan ? `/api/v1/plan?route=${route}` : route === 'instance' ? '/operateInstance' : '/operateHostname';
  return site.answer(
    new Request(`${site.url}${path}`, {
      method: isPlan ? 'POST' : method,
      headers: { ...AUTHORIZED, 'content-type': 'application/json' },
      body,
    }),
  );
}

async function deliver(given: Delivery): Promise<void> {
  const alerts = [...given.before, neighbourOf(given), ...given.after];
  const body = `{${given.envelope === '' ? '' : `${given.envelope},`}"alerts":[${alerts.join()}]}`;
  const { status, text } = await send(given.route, given.method, body);
  if (!isJson(body)) {
    assert.equal(status, 400, text);
    return;
  }
  assert.equal(status, 200, text);
  if (given.method === 'PLAN') return;
  const { receipts } = receiptsSchema.parse(JSON.parse(text));
  assert.equal(receipts.length, alerts.length);
  const mine = receipts[given.before.length];
  assert.match(mine?.outcome ?? '', /^(?:accepted|joined|done)$/, text);
  assert.ok(mine?.operation !== undefined);
}

test(`a valid alert among hostile ones gets its operation (${WEBHOOKS / 2} deliveries)`, async (t) => {
  await throwAt(site, t, delivery, WEBHOOKS / 2, deliver);
});

test(`any body is answered, and names no machine but validly (${WEBHOOKS / 2} bodies)`, async (t) => {
  const bodies = fc.tuple(
    fc.constantFrom<Route>('instance', 'hostname'),
    fc.constantFrom('POST', 'PUT', 'PLAN'),
    anyBody,
  );
  await throwAt(site, t, bodies, WEBHOOKS / 2, async ([route, method, body]) => void (await send(route, method, body)));
});
