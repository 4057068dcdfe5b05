/** `/notices`: what people were told, what became of it, and what to do where they could not be told. */
import { html } from 'hono/html';
import { messageOf } from '../../domain/message.ts';
import { NOTICE_KINDS, type Notice, type NoticeState } from '../../domain/notice.ts';
import { plain } from '../../domain/plain.ts';
import { tellAddress } from '../../domain/timeline-notices.ts';
import { tellTime, type Reading } from '../../domain/told-time.ts';
import type { NoticesQuery } from '../../http/notice-schemas.ts';
import type { HttpParts } from '../../http/parts.ts';
import type { SenderInput } from '../../http/route.ts';
import { findNotices } from '../../http/routes/notices.ts';
import { answerFramed, readingOf } from '../frame.ts';
import { rootOf, type Html } from '../page.ts';
import { partShown, sameList } from '../same.ts';
import { asOf, badge, empty, filters, isFilteredBy, pager, when, type Tone } from './parts.ts';

const STATES: Readonly<Record<NoticeState, readonly [word: string, tone: Tone]>> = {
  pending: ['to be sent', 'act'],
  sent: ['sent', 'good'],
  failed: ['failed', 'bad'],
  outdated: ['too late', 'faint'],
};

export async function showNotices(parts: HttpParts, input: SenderInput<unknown, NoticesQuery>): Promise<Response> {
  const { request, query } = input;
  const [root, given] = [rootOf(request), new URL(request.url).searchParams];
  const { notices, cursor } = await findNotices(parts, query);
  const path = `${root}notices`;
  const reading = readingOf(parts);
  const list = html`<ol class="records">
    ${notices.map((notice) => row(notice, root, reading))}
  </ol>`;
  return answerFramed(parts, input, {
    title: 'Notices',
    nav: 'notices',
    body: html`<h1>Notices</h1>
      <p class="lead">What people were told about their machines, and what became of it.</p>
      ${filters(path, given, fieldsOf(parts))} ${asOf(reading)}
      ${notices.length === 0 ? empty(isFilteredBy(given), nextStep(parts), path) : list} ${pager(path, given, cursor)}`,
    same: sameList('/api/v1/notices', 'notices', [
      { name: 'channel', value: query.channel, option: '--channel' },
      { name: 'kind', value: query.kind, option: '--kind' },
      { name: 'state', value: query.state, option: '--state' },
      { name: 'operation', value: query.operation, option: '--operation' },
      ...partShown(query, query.cursor, notices.length),
      { name: 'machine', value: query.machine, option: '' },
    ]),
  });
}

function fieldsOf({ telling }: HttpParts): Parameters<typeof filters>[2] {
  return [
    { name: 'machine', label: 'Machine', type: 'search', placeholder: 'id or name' },
    { name: 'channel', label: 'Channel', options: telling.channels.map(({ name }) => [name, name]) },
    { name: 'kind', label: 'Kind', options: Object.keys(NOTICE_KINDS).map((kind) => [kind, wordOf(kind)]) },
    { name: 'state', label: 'State', options: Object.entries(STATES).map(([state, [word]]) => [state, word]) },
  ];
}

function wordOf(kind: string): string {
  return kind.replaceAll('_', ' ');
}

function nextStep({ telling }: HttpParts): string {
  return telling.channels.length === 0
    ? 'Nobody is told anything yet, because no channel is configured. Put one under "channels" in the configuration: docs/channels.md has an example for each kind.'
    : 'Nothing was told yet. "ec2-operator notify test CHANNEL" sends a test.';
}

function row(notice: Notice, root: string, reading: Reading): Html {
  const { id, news, state, createdAt, subject, error } = notice;
  const [word, tone] = STATES[state];
  const { title } = messageOf(news, { zone: reading.zone, now: createdAt, isQuiet: false, subject });
  const about = 'machine' in news ? news : undefined;
  return html`<li id="${id}">
    <div class="at">${when(createdAt, reading)}</div>
    <div class="what">
      <p><b>${title}</b></p>
      <p class="faint">
        to ${tellAddress(notice)} ·
        ${wordOf(news.kind)}${
          about === undefined
            ? ''
            : html` ·
                <a href="${root}machines/${about.machine.id}"
                  >${plain(about.machine.name ?? '', 60) || about.machine.id}</a
                >
                · <a href="${root}operations/${about.operation}">operation</a>`
        }
      </p>
      ${error === undefined ? '' : html`<p class="error">${plain(error, 500)}</p>`}
      ${remedies(notice, reading).map((text) => html`<p class="faint">${text}</p>`)}
    </div>
    <div class="mark">${badge(word, tone)}</div>
  </li>`;
}

/** Says how a notice goes on, and what to do. */
function remedies({ state, channel, news, availableAt, attempts, error }: Notice, reading: Reading): readonly string[] {
  const tries = attempts === 1 ? 'one attempt' : `${attempts} attempts`;
  switch (state) {
    case 'sent':
      return [];
    case 'pending':
      return [
        error === undefined
          ? `It goes out at ${tellTime(availableAt, reading)}.`
          : `${tries} so far; the next one is at ${tellTime(availableAt, reading)}.`,
      ];
    case 'failed':
      return [
        `It was given up after ${tries}. When the cause is repaired, "ec2-operator notify test ${channel}" shows whether the channel works; docs/channels.md says what errors mean.`,
        ...(news.kind === 'warning' || news.kind === 'lease_ending'
          ? ['A stop whose warning reaches nobody waits, unless warn.if_undelivered says otherwise.']
          : []),
      ];
    case 'outdated':
      return ['It was not sent in time to be of use, and is not sent any more.'];
  }
}
