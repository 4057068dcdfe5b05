/** Lives a week with the operator, and keeps the ledger beside it. */
import assert from 'node:assert/strict';
import * as z from 'zod';
import { operationAnswerSchema, receiptsSchema } from '../../src/http/schemas.ts';
import { ALERT_HOLDER, type Lease } from '../../src/domain/voice.ts';
import type { SandboxCall } from '../../src/sandbox/call-log.ts';
import { alert, delivery } from '../support/alerts.ts';
import { idOf } from '../support/fleet.ts';
import { as } from '../support/tokens.ts';
import type { VirtualOperator } from '../support/virtual-operator.ts';
import { TEAMS, type Act, type WeekConfig } from './week-acts.ts';
import type { Bus } from './week-bus.ts';
import { MINUTE, mustStop, newLedger, whyNot, type Page } from './week-ledger.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** As Alertmanager repeats what fires. */
const REPEAT_MS = 4 * HOUR;

export interface Life {
  readonly pass: (ms: number) => Promise<void>;
  readonly live: (one: Act) => Promise<void>;
  /** Everything ends: then nothing waits any more, and what has to be stopped is. */
  readonly finish: () => Promise<void>;
}

export function begin(operator: VirtualOperator, bus: Bus, { warn, channels }: WeekConfig): Life {
  const ledger = newLedger(TEAMS, Date.now());
  const operations = new Set<string>();
  const beforeMs = Number.parseInt(warn.before) * MINUTE;
  const isTold = channels.length > 0 && warn.if_undelivered === 'wait';
  let seen = 0;
  let repeatAt = Date.now() + REPEAT_MS;

  const ask = async (name: string, method: string, path: string, body?: unknown) =>
    operator.request(method, path, { headers: as(name), ...(body === undefined ? {} : { body }) });
  const page = (number: number): Page => {
    const found = ledger.pages[number];
    assert.ok(found);
    return found;
  };

  /** Checks the stops since the last time. A person's own stop is expected. */
  const check = (byPerson?: Page): void => {
    for (const call of operator.stops().slice(seen)) {
      for (const id of call.instanceIds) {
        const about = ledger.pages.find((_, index) => idOf(index + 1) === id);
        assert.ok(about);
        if (about !== byPerson) {
          assert.equal(whyNot(ledger, about, call.at), undefined, tell(call, id));
          if (isTold) assert.equal(bus.whyUnannounced(id, call.at, beforeMs), undefined, tell(call, id));
        }
        delete about.leasedUntil;
      }
    }
    seen = operator.stops().length;
  };
  const tell = (call: SandboxCall, id: string): string => `${id} was stopped at ${new Date(call.at).toISOString()}`;

  const pass = async (ms: number): Promise<void> => {
    const end = Date.now() + ms;
    while (repeatAt < end) {
      await operator.passTime(Math.max(0, repeatAt - Date.now()));
      check();
      for (const number of ledger.pages.keys()) await post(number);
      repeatAt += REPEAT_MS;
    }
    await operator.passTime(Math.max(0, end - Date.now()));
    check();
  };

  const post = async (number: number, endsAt?: string): Promise<void> => {
    const { idleSince } = page(number);
    if (idleSince === undefined) return;
    const startsAt = new Date(idleSince).toISOString();
    const one = alert(
      { instance_id: idOf(number + 1) },
      { startsAt, ...(endsAt === undefined ? {} : { status: 'resolved', endsAt }) },
    );
    const answer = await ask('alertmanager', 'POST', '/operateInstance', delivery([one]));
    for (const { operation } of receiptsSchema.parse(answer.body).receipts)
      if (operation !== undefined) operations.add(operation);
  };

  const operate = async (number: number, name: string, query: string) => {
    const path = `/operateInstance?instance=${idOf(number + 1)}&dryrun=false&wait=0s&${query}`;
    const answer = await ask(name, 'GET', path);
    const { operation } = operationAnswerSchema.parse(answer.body);
    operations.add(operation.id);
    await operator.settle();
    return operator.read(operation.id);
  };

  const live = async (one: Act): Promise<void> => {
    const now = Date.now();
    switch (one.do) {
      case 'fire':
        page(one.on).idleSince ??= now;
        await post(one.on);
        break;
      case 'resolve':
        await post(one.on, new Date(now).toISOString());
        delete page(one.on).idleSince;
        break;
      case 'cancel':
        for (const id of operations) {
          const { state, instance, cause, verb } = await operator.read(id);
          if (instance?.id !== idOf(one.on + 1) || verb !== 'stop' || !['queued', 'waiting'].includes(state)) continue;
          const { status } = await ask('pia', 'POST', `/api/v1/operations/${id}/cancel`);
          assert.equal(status, 200);
          if (cause.by === 'alert') page(one.on).wantedAt = now;
        }
        break;
      case 'hold': {
        const { status } = await ask(one.who, 'POST', '/api/v1/holds', {
          target: idOf(one.on + 1),
          for: `${one.minutes}m`,
        });
        assert.equal(status, 201);
        page(one.on).holds.set(one.who, now + one.minutes * MINUTE);
        break;
      }
      case 'release':
        await ask(one.who, 'DELETE', `/api/v1/holds/${idOf(one.on + 1)}`);
        page(one.on).holds.delete(one.who);
        break;
      case 'release all':
        await ask('pia', 'DELETE', `/api/v1/holds/${idOf(one.on + 1)}?all=true`);
        page(one.on).holds.clear();
        break;
      case 'start': {
        // Whose lease it is decides whether she may make it shorter. An alert's is everybody's.
        const { who: holder = '' } = (await leaseOf(one.on)) ?? {};
        const { state } = await operate(
          one.on,
          one.who,
          `action=start${one.minutes === undefined ? '' : `&for=${one.minutes}m`}`,
        );
        assert.equal(state, 'succeeded');
        page(one.on).wantedAt = now;
        const { launchTime } = operator.sandbox.instance(idOf(one.on + 1));
        page(one.on).launchedAt = launchTime;
        const { leasedUntil: agreed = 0 } = page(one.on);
        await readLease(one.on);
        const said = one.minutes === undefined ? 0 : now + one.minutes * MINUTE;
        const isOwn =
          one.minutes !== undefined && (agreed <= now || holder === one.who || holder.startsWith(ALERT_HOLDER));
        const until = isOwn ? said : Math.max(said, agreed > now ? agreed : 0);
        const { leasedUntil = 0 } = page(one.on);
        assert.ok(leasedUntil >= until, `leased until ${leasedUntil}, expected ${until}`);
        if (isOwn) assert.ok(leasedUntil <= until + MINUTE, `leased until ${leasedUntil}, expected ${until}`);
        break;
      }
      case 'stop': {
        const held = [...page(one.on).holds.values(), page(one.on).taggedUntil ?? 0].some((until) => until > now);
        const runs = operator.sandbox.instance(idOf(one.on + 1)).state === 'running';
        const { state, reason } = await operate(
          one.on,
          one.who,
          `action=stop${one.override ? '&override_hold=true' : ''}`,
        );
        if (held && runs && !one.override) assert.deepEqual([state, reason], ['refused', 'held']);
        else assert.equal(state, 'succeeded', reason ?? '');
        check(page(one.on));
        break;
      }
      case 'lease':
        await ask('pia', 'POST', '/api/v1/leases', { target: idOf(one.on + 1), for: `${one.minutes}m` });
        await readLease(one.on);
        break;
      case 'extend':
        await ask('pia', 'PATCH', `/api/v1/leases/${idOf(one.on + 1)}`, { for: `${one.minutes}m` });
        await readLease(one.on);
        break;
      case 'end lease':
        await ask('pia', 'DELETE', `/api/v1/leases/${idOf(one.on + 1)}`);
        delete page(one.on).leasedUntil;
        break;
      case 'pause': {
        const only = one.team === undefined ? {} : { only: { team: one.team } };
        const length = one.minutes === undefined ? {} : { for: `${one.minutes}m` };
        const { status, body } = await ask('admin', 'POST', '/api/v1/pauses', { why: 'a try', ...only, ...length });
        assert.equal(status, 201);
        const { id } = z.object({ pause: z.object({ id: z.string() }) }).parse(body).pause;
        const until = one.minutes === undefined ? Infinity : now + one.minutes * MINUTE;
        ledger.pauses.set(id, { ...(one.team === undefined ? {} : { team: one.team }), until });
        break;
      }
      case 'resume':
        await resume();
        break;
      case 'channel up':
      case 'channel down':
        bus.isUp = one.do === 'channel up';
        break;
      case 'tag': {
        const { team } = page(one.on);
        const tags = one.text === 'none' ? { team } : { team, 'ec2-operator:hold-until': one.text };
        operator.sandbox.set(idOf(one.on + 1), { tags });
        setTag(page(one.on), one.text);
        break;
      }
      case 'switch on':
      case 'switch off': {
        const state = one.do === 'switch on' ? 'running' : 'stopped';
        const { state: before } = operator.sandbox.instance(idOf(one.on + 1));
        if (before === state) break;
        operator.sandbox.set(idOf(one.on + 1), { state, ...(state === 'running' ? { launchTime: now } : {}) });
        if (state === 'running') page(one.on).launchedAt = now;
        delete page(one.on).leasedUntil;
      }
    }
    await operator.settle();
    check();
  };

  const resume = async (): Promise<void> => {
    for (const id of ledger.pauses.keys()) await ask('admin', 'DELETE', `/api/v1/pauses/${id}`);
    ledger.pauses.clear();
  };

  const leaseOf = async (number: number): Promise<Lease | undefined> => {
    const id = idOf(number + 1);
    return (await operator.store.voices([id], Date.now())).get(id)?.lease;
  };

  const readLease = async (number: number): Promise<void> => {
    const lease = await leaseOf(number);
    if (lease === undefined) delete page(number).leasedUntil;
    else page(number).leasedUntil = lease.until;
  };

  const finish = async (): Promise<void> => {
    await resume();
    bus.isUp = true;
    for (const number of ledger.pages.keys()) await live({ do: 'tag', on: number, text: 'none' });
    await pass(3 * DAY);
    for (const id of operations) {
      const { state, reason, message } = await operator.read(id);
      assert.ok(
        !['queued', 'waiting', 'acting', 'verifying'].includes(state),
        `${id} still waits: ${reason} ${message}`,
      );
    }
    for (const [number, about] of ledger.pages.entries()) {
      const { state } = operator.sandbox.instance(idOf(number + 1));
      if (mustStop(ledger, about, Date.now()))
        assert.equal(state, 'stopped', `machine ${number + 1} ${JSON.stringify(about)}`);
    }
  };
  return { pass, live, finish };
}

function setTag(about: Page, text: string): void {
  switch (text) {
    case 'none':
      delete about.taggedUntil;
      break;
    case '2026-11-23':
      about.taggedUntil = Date.UTC(2026, 10, 24);
      break;
    case '2026-11-23T12:00':
      about.taggedUntil = Date.UTC(2026, 10, 23, 12);
      break;
    case '2026-11-24T06:30Z':
      about.taggedUntil = Date.UTC(2026, 10, 24, 6, 30);
      break;
    default:
      about.taggedUntil = Infinity;
  }
}
