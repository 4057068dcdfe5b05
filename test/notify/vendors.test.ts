/** Every channel against its vendor: what arrives, and what its answers mean. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { messageOf } from '../../src/domain/message.ts';
import type { News } from '../../src/domain/notice.ts';
import { CHANNEL_KINDS } from '../../src/notify/channels.ts';
import type { Delivered } from '../../src/notify/channel.ts';
import { hostileLetter, letterOf, LINKS } from '../support/letter.ts';
import { play, PLAYED, playedKind, type Playing } from '../support/vendors/played.ts';

const signal = new AbortController().signal;

async function deliver({ channel }: Playing, letter = letterOf()): Promise<Delivered> {
  // The library that verifies the webhook compares with the clock.
  return channel.deliver({ ...letter, now: Date.now() }, signal);
}

const ROW = { stops: 3, regrets: 1, savedMs: 18 * 3_600_000, atPrice: 19 };
const DIGEST: News = {
  kind: 'digest',
  at: Date.UTC(2026, 10, 23, 8),
  since: Date.UTC(2026, 10, 16, 8),
  about: 'all',
  basis: 'at list price',
  ...ROW,
  waits: 1,
  waitedMs: 240_000,
  machines: [{ name: 'gpu-7', ...ROW }],
  regretted: [{ name: 'gpu-7', ...ROW }],
  suggestion: 'gpu-7: wanted back',
};
const DIGEST_MESSAGE = messageOf(DIGEST, {
  zone: 'UTC',
  now: DIGEST.at,
  isQuiet: false,
  subject: 's',
  publicUrl: 'https://ec2.example.com',
});

/** None of these may be in an error. */
function secretsOf({ vendor }: Playing, kind: string): readonly string[] {
  const secret = playedKind(kind).secret(vendor.url);
  const tokens = [...(URL.parse(secret)?.searchParams.values() ?? [])];
  return [...secret.split(/[/?&=]/), ...tokens, ...LINKS.map(({ url }) => url)].filter(
    (part) => part.length >= 12 && part !== 'powerautomate' && !part.startsWith('127.'),
  );
}

for (const kind of Object.keys(PLAYED)) {
  describe(kind, () => {
    test('a message arrives with its name, its time and its links', async () => {
      await using playing = await play(kind);
      const { outcome } = await deliver(playing);
      assert.equal(outcome, 'sent');
      const [request] = playing.vendor.requests;
      assert.ok(request !== undefined && playing.vendor.requests.length === 1);
      const shown = playedKind(kind).shown(request.body);
      assert.match(shown, /gpu-train-7 stops at 14:15 CET/);
      assert.match(shown, /No GPU above 2 % since 13:20\. The disks are kept\./);
      assert.match(shown, /Owner(?:: |\n|\\n)pia@example\.com/);
      for (const { url, purpose } of LINKS)
        assert.equal(request.body.includes(url), purpose !== 'keep_now' || kind === 'ntfy', purpose);
    });

    test('a weekly digest arrives with its regrets and its link', async () => {
      await using playing = await play(kind);
      const { outcome } = await deliver(playing, { ...letterOf(), news: DIGEST, message: DIGEST_MESSAGE });
      assert.equal(outcome, 'sent');
      const body = playing.vendor.requests.at(-1)?.body ?? '';
      assert.match(playedKind(kind).shown(body), /\$19\.00 at list price[^]*33 % of stops regretted/);
      assert.ok(body.includes('https://ec2.example.com/savings?since='), body);
    });

    test('a hostile message arrives, notifies nobody, and is readable', async () => {
      await using playing = await play(kind);
      const { shown } = playedKind(kind);
      const property = fc.asyncProperty(hostileLetter, async (letter) => {
        const delivered = await deliver(playing, letter);
        const { reference: _, ...rest } = { reference: '', ...delivered };
        assert.deepEqual(rest, { outcome: 'sent' });
        const { body = '' } = playing.vendor.requests.at(-1) ?? {};
        assert.match(shown(body), /gpu-train-7[^\n]* stops at 14:15 CET/);
        const pages = letter.message.links.filter(({ purpose }) => purpose !== 'keep_now');
        const most = kind === 'ntfy' ? 3 : 4;
        if (letter.message.links.length <= most) for (const { url } of pages) assert.ok(body.includes(url), url);
      });
      await fc.assert(property, { numRuns: 60, endOnFailure: true });
    });

    test('it waits as long as the vendor asks for', async () => {
      await using playing = await play(kind);
      playing.vendor.next({ status: 429, headers: { 'retry-after': '7' }, body: 'slow down' });
      assert.deepEqual(await deliver(playing), {
        outcome: 'later',
        error: 'status 429: "slow down"',
        afterMs: 7_000,
      });
    });

    test('an address that is gone is for good, and a fault of the vendor is not', async () => {
      await using playing = await play(kind);
      for (const status of [404, 410, 400, 403]) {
        playing.vendor.next({ status, body: 'no' });
        assert.deepEqual(await deliver(playing), { outcome: 'never', error: `status ${status}: "no"` });
      }
      for (const status of [500, 502, 504, 408]) {
        playing.vendor.next({ status, body: 'no' });
        assert.deepEqual(await deliver(playing), { outcome: 'later', error: `status ${status}: "no"` });
      }
    });

    test('a redirect is not followed', async () => {
      await using playing = await play(kind);
      playing.vendor.next({ status: 307, headers: { location: `${playing.vendor.url}/elsewhere` }, body: '' });
      assert.deepEqual(await deliver(playing), {
        outcome: 'never',
        error: 'status 307: a redirect is not followed',
      });
      assert.equal(playing.vendor.requests.length, 1);
    });

    test('no answer is tried again', async () => {
      await using playing = await play(kind);
      playing.vendor.next('silence');
      const delivered = await playing.channel.deliver(letterOf(), AbortSignal.timeout(200));
      assert.deepEqual(delivered, { outcome: 'later', error: 'no answer (ABORT_ERR)' });
    });

    test('an answer that repeats the request brings no secret into the error', async () => {
      await using playing = await play(kind);
      const secrets = secretsOf(playing, kind);
      assert.equal((await deliver(playing)).outcome, 'sent');
      const [request] = playing.vendor.requests;
      assert.ok(request !== undefined);
      const { headers, body, path, query } = request;
      for (const echo of [
        `Cannot POST ${path}`,
        `${path}?${query.toString()}`,
        JSON.stringify({ headers, path }),
        `x ${body.slice(body.indexOf('https://ec2.example.com'))}`,
        `https://hooks.example.com${path}?${query.toString()}`,
        encodeURIComponent(path),
      ]) {
        playing.vendor.next({ status: 400, body: echo });
        const delivered = await deliver(playing);
        assert.ok(delivered.outcome === 'never');
        for (const secret of secrets) assert.ok(!delivered.error.includes(secret), `${secret} in ${delivered.error}`);
      }
    });

    test('its secret is read for each message', async () => {
      await using playing = await play(kind);
      writeFileSync(playing.file, '');
      const unread = await deliver(playing);
      assert.ok(unread.outcome === 'later');
      assert.match(unread.error, /^expected something in .*secret, got an empty file$/);
      writeFileSync(playing.file, playedKind(kind).secret(playing.vendor.url));
      assert.equal((await deliver(playing)).outcome, 'sent');
    });
  });
}

/** A portal in between answers with success. Teams and the generic webhook tell no more than a status. */
for (const kind of Object.keys(PLAYED).filter((name) => name !== 'teams' && name !== 'webhook')) {
  test(`${kind}: a page with status 200 is not success`, async () => {
    await using playing = await play(kind);
    playing.vendor.next({ status: 200, body: '<html>Sign in</html>' });
    assert.deepEqual(await deliver(playing), { outcome: 'later', error: 'status 200: "<html>Sign in</html>"' });
  });
}

test('each kind that is one request is played here', () => {
  const others = Object.keys(CHANNEL_KINDS).filter((kind) => !Object.hasOwn(PLAYED, kind));
  assert.deepEqual(
    others.filter((kind) => kind !== 'email'),
    [],
  );
});
