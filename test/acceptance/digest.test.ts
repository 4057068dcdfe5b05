/** The weekly digest, from the record of stops to mailboxes and a webhook: once, over restarts, and not when it is too late. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as z from 'zod';
import { fateOf } from '../../src/domain/notice-fate.ts';
import type { StopRecord } from '../../src/domain/stop-record.ts';
import { createDigestLook, type DigestParts } from '../../src/engine/keep-digests.ts';
import { importStops } from '../../src/store/import-stops.ts';
import { openStore } from '../../src/store/open.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startListener } from '../support/listener.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { parseMail } from '../support/mime.ts';
import { startOperator, temporaryDirectory, type Operator } from '../support/operator.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Monday at nine in Berlin. */
const DUE = Date.parse('2026-11-23T08:00:00Z');

const noticesSchema = z.object({
  notices: z.array(
    z.object({ kind: z.string(), state: z.string(), channel: z.string(), error: z.string().optional() }),
  ),
});

function stop(number: number, day: number, hours: number): StopRecord {
  const stoppedAt = DUE - 7 * DAY_MS + day * DAY_MS;
  return {
    operation: `01900000-0000-7000-8000-0000000000${number}${day}`,
    instance: idOf(number),
    place: { region: 'eu-central-1' },
    name: `gpu-${number}`,
    owner: number === 1 ? 'ann' : 'bo',
    type: 'g5.xlarge',
    by: 'alert',
    rule: 'UnusedGPU',
    stoppedAt,
    back: { at: stoppedAt + hours * HOUR_MS, by: 'person', who: 'ann' },
    price: { perHour: 2, currency: 'USD', basis: 'list' },
  };
}

describe('the weekly digest', () => {
  const stack = new AsyncDisposableStack();
  let mails: MailServer;
  let dataDir: string;
  let sandboxed: Operator;
  const posted: unknown[] = [];
  let config: string;

  before(async () => {
    mails = stack.use(await startMailServer());
    const hook = stack.use(
      await startListener((request, response) => {
        const bytes: Buffer[] = [];
        request.on('data', (some: Buffer) => bytes.push(some));
        request.on('end', () => {
          posted.push(JSON.parse(Buffer.concat(bytes).toString()));
          response.writeHead(204).end();
        });
      }),
    );
    dataDir = await temporaryDirectory(stack);
    const urlFile = path.join(await temporaryDirectory(stack), 'smtp-url');
    await writeFile(urlFile, `smtp://127.0.0.1:${mails.port}\n`);
    config = `
channels:
  - { name: owners, email: { to: owner }, tell: [digest] }
  - { name: bus, webhook: { url: '${hook.url}' } }
digest: { channels: [bus] }
owners: { domains: [example.com], email: '{owner}@example.com' }
smtp: { url_file: ${urlFile}, from: 'ec2-operator <ec2@example.com>' }
zone: Europe/Berlin
`;
    await importStops(dataDir, [stop(1, 1, 10), stop(1, 3, 0.25), stop(2, 2, 8)]);
    // The watch knows the tags of machines, and with them their owners.
    sandboxed = stack.use(await start(DUE - 2 * HOUR_MS, true));
    await eventually('the machines are seen', async () => {
      const { text } = await sandboxed.request('/api/v1/machines');
      return text.includes(idOf(1)) && text.includes(idOf(2)) ? true : undefined;
    });
    await sandboxed.stop();
  });
  after(async () => stack.disposeAsync());

  async function start(at: number, watch = false): Promise<Operator> {
    const ahead = at - Date.now();
    return startOperator({
      machines: [1, 2].map((number) =>
        machine(number, { launched: '30d ago', tags: { Name: `gpu-${number}`, owner: number === 1 ? 'ann' : 'bo' } }),
      ),
      environment: { PUBLIC_URL: 'https://ec2.example.com', ...(watch ? { DATA_DIR: dataDir } : {}) },
      clock: () => Date.now() + ahead,
      watch,
      config,
      ...(watch ? {} : { after: { sandbox: sandboxed.sandbox, dataDir } }),
    });
  }

  async function digests(operator: Operator): Promise<z.output<typeof noticesSchema>['notices']> {
    const { text } = await operator.request('/api/v1/notices?kind=digest');
    return noticesSchema.parse(JSON.parse(text)).notices;
  }

  test('is not written before its time', async () => {
    await using operator = await start(DUE - HOUR_MS);
    await operator.request('/api/v1/notices');
    assert.deepEqual(await digests(operator), []);
  });

  test('goes to each owner with her machines, and to the channel with all', async () => {
    await using operator = await start(DUE + HOUR_MS);
    await eventually('all is sent', async () => {
      const all = await digests(operator);
      return all.length === 3 && all.every(({ state }) => state === 'sent') ? true : undefined;
    });
    const received = (await Promise.all([mails.mail(0), mails.mail(1)])).toSorted((one, other) =>
      String(one.to) < String(other.to) ? -1 : 1,
    );
    assert.deepEqual(
      received.map(({ to }) => to),
      [['ann@example.com'], ['bo@example.com']],
    );
    const [ann, bo] = received.map(({ bytes }) => parseMail(bytes));
    assert.equal(
      ann?.headers.get('subject'),
      'The week until 09:00 CET: 10 h saved, $20.50 at list price, 50 % of stops regretted (1 of 2)',
    );
    assert.match(ann.text, /It is about your machines\./);
    assert.match(ann.text, /https:\/\/ec2\.example\.com\/savings\?since=2026-11-16\S+&mine=true/);
    assert.doesNotMatch(ann.text, /gpu-2/);
    assert.match(bo?.text ?? '', /Saved most: gpu-2 8 h/);
    const [body] = posted;
    assert.match(JSON.stringify(body), /18 h saved, \$36\.50 at list price, 33 % of stops regretted \(1 of 3\)/);
    assert.match(JSON.stringify(body), /"type":"notice\.digest"/);
  });

  interface Desk extends AsyncDisposable {
    /** Looks as two replicas do at the same moment. */
    readonly look: (at: number) => Promise<readonly string[]>;
    readonly weeks: () => Promise<readonly string[]>;
  }

  async function openDesk(directory: string): Promise<Desk> {
    const store = await openStore(undefined, directory);
    let now = 0;
    const told: string[] = [];
    const note = (_fields: object, message: string): unknown => told.push(message);
    const parts: DigestParts = {
      store,
      telling: {
        channels: [{ name: 'bus', kind: 'webhook', tells: new Set(['digest']), toOwner: false, quietHours: [] }],
        owners: { tags: [], email: '{owner}', domains: [] },
        escalations: [],
      },
      time: { day: 1, minutes: 9 * 60, zone: 'Europe/Berlin' },
      capMs: 7 * DAY_MS,
      clock: () => now,
      log: { warn: note, info: note },
      observer: { fault: (what) => told.push(what) },
    };
    return {
      look: async (at) => {
        now = at;
        told.length = 0;
        await Promise.all([createDigestLook(parts)(), createDigestLook(parts)()]);
        return [...told];
      },
      weeks: async () => (await store.notices({ kind: 'digest', limit: 9 })).map(({ subject }) => subject.slice(7, 17)),
      [Symbol.asyncDispose]: async () => store.close(),
    };
  }

  test('goes out once: a restart and other replicas write it no second time', async () => {
    await using desk = await openDesk(dataDir);
    assert.deepEqual(await desk.look(DUE + 2 * HOUR_MS), []);
    assert.equal((await desk.weeks()).length, 3);
    await using other = await openDesk(await temporaryDirectory(stack));
    assert.deepEqual(await other.look(DUE + 2 * HOUR_MS), ['the weekly digest is written']);
    assert.deepEqual(await other.weeks(), ['2026-11-23']);
  });

  test('is left out, and that is told, where no server ran within a day of its time', async () => {
    await using desk = await openDesk(await temporaryDirectory(stack));
    assert.deepEqual(await desk.look(DUE + 2 * DAY_MS), [], 'it was configured since');
    await desk.look(DUE + 7 * DAY_MS);
    const late = await desk.look(DUE + 15 * DAY_MS + HOUR_MS);
    assert.match(late.join(), /the weekly digest was not sent: the server did not run within a day of its time/);
    assert.deepEqual(await desk.weeks(), ['2026-11-30']);
    await desk.look(DUE + 21 * DAY_MS);
    assert.deepEqual(await desk.weeks(), ['2026-12-14', '2026-11-30']);
  });

  test('that was written and could not be sent for more than a day is outdated', () => {
    const news = { kind: 'digest', at: DUE, since: DUE - 7 * DAY_MS, about: 'all', basis: '', stops: 0 } as const;
    const sums = { regrets: 0, savedMs: 0, waits: 0, waitedMs: 0, machines: [], regretted: [] };
    const due = { news: { ...news, ...sums }, follows: false, wasTold: false, isOvertaken: false, told: [] };
    assert.equal(fateOf(due, DUE + DAY_MS, () => false).fate, 'told');
    assert.equal(fateOf(due, DUE + DAY_MS + 1, () => false).fate, 'outdated');
  });
});
