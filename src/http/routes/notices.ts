/** `/api/v1/notices`: what people were told, and what became of it; and a test of a channel. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { nearest } from '../../domain/nearest.ts';
import type { Address } from '../../domain/notice-address.ts';
import type { Notice } from '../../domain/notice.ts';
import { quote } from '../../domain/parsed.ts';
import { mayReach, type ChannelRule } from '../../domain/telling.ts';
import {
  showNotice,
  type NoticesAnswer,
  type NoticesQuery,
  type TestAnswer,
  type TestBody,
} from '../notice-schemas.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import type { SenderInput } from '../route.ts';

export async function listNotices(
  parts: HttpParts,
  { query }: SenderInput<unknown, NoticesQuery>,
): Promise<NoticesAnswer> {
  const { notices, cursor } = await findNotices(parts, query);
  return {
    notices: notices.map((notice) => showNotice(notice, parts.telling.zone)),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

/** A part of a list, and how the next part is asked for; without a cursor it is the last one. */
export async function findNotices(
  { store }: Pick<HttpParts, 'store'>,
  query: NoticesQuery,
): Promise<{ readonly notices: readonly Notice[]; readonly cursor?: string }> {
  const found = await store.notices({ ...query, limit: query.limit + 1 });
  const notices = found.slice(0, query.limit);
  const last = found.length > query.limit ? notices.at(-1) : undefined;
  return { notices, ...(last === undefined ? {} : { cursor: last.id }) };
}

/** How long a test waits for its outcome. A channel takes up to 15 seconds, mostly less than one. */
const WAIT_MS = 15_000;
const LOOK_EVERY_MS = 100;

export async function testChannel(
  { store, telling, clock, log }: HttpParts,
  { sender, remote, body, request }: SenderInput<unknown, unknown, TestBody>,
): Promise<TestAnswer> {
  const addresses = addressesOf(body, telling);
  const at = clock();
  const written = await store.addNotices(
    addresses.map((address) => {
      const subject = `test:${randomUUID()}`;
      const news = { kind: 'test', at, who: sender.name } as const;
      return { ...address, news, subject, thread: subject, availableAt: at };
    }),
    at,
    { at, event: 'notice', who: sender.name, remote, message: `tested the channel ${body.channel}` },
  );
  log.info({ channel: body.channel, by: sender.name, remote, notices: written.length }, 'a channel is tested');
  const notices = await Promise.all(written.map(async (notice) => awaitEnd(store, notice, request.signal)));
  return { notices: notices.map((notice) => showNotice(notice, telling.zone)) };
}

async function awaitEnd(store: HttpParts['store'], written: Notice, signal: AbortSignal): Promise<Notice> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const notice = (await store.notice(written.id)) ?? written;
    // The first failure is what the person wants to know. It is tried again for some minutes.
    const isKnown = notice.state !== 'pending' || notice.error !== undefined;
    if (isKnown || signal.aborted || performance.now() > deadline) return notice;
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** @throws ProblemError for a channel that there is not, and for an address that it may not write to */
function addressesOf({ channel, recipient }: TestBody, telling: HttpParts['telling']): readonly Address[] {
  const rule = telling.channels.find(({ name }) => name === channel);
  if (rule === undefined) throw new ProblemError(404, unknown(channel, telling));
  const all = recipient === undefined ? rule.recipients : [recipient];
  const addresses = all === undefined ? [{ channel }] : all.map((one) => ({ channel, recipient: one }));
  if (!addresses.every((address) => mayReach(address, telling)))
    throw new ProblemError(400, expectedRecipient(rule, telling));
  return addresses;
}

function unknown(channel: string, { channels }: HttpParts['telling']): string {
  const names = channels.map(({ name }) => name);
  if (names.length === 0) return 'no channels are configured: see docs/channels.md';
  const close = nearest(channel, names);
  const hint = close === undefined ? `the channels are ${names.slice(0, 20).join(', ')}` : `did you mean ${close}?`;
  return `there is no channel ${quote(channel)}; ${hint}`;
}

function expectedRecipient({ name, recipients, toOwner }: ChannelRule, { owners }: HttpParts['telling']): string {
  if (recipients !== undefined) return `recipient: expected one of the addresses of the channel ${name}`;
  if (!toOwner) return `recipient: expected none, because the channel ${name} writes to all who read it`;
  return `recipient: expected an e-mail address of ${owners.domains.join(' or ')}, because the channel ${name} writes to owners`;
}
