/** `/operations/{id}`: the story of one operation, with its evidence, and who was told of it. */
import { html } from 'hono/html';
import { observedBy } from '../../domain/about.ts';
import type { Machine } from '../../domain/machine.ts';
import { alertOf } from '../../domain/cause.ts';
import type { PastJudgement } from '../../domain/circumstances.ts';
import { describePlace } from '../../domain/instance.ts';
import { tellGrounds } from '../../domain/message-parts.ts';
import { groundsOf } from '../../domain/notices-of.ts';
import { tellSteps } from '../../domain/operation-story.ts';
import { isBeforeCall, isOpen, type Operation } from '../../domain/operation.ts';
import { plain } from '../../domain/plain.ts';
import { isGranted, machinesFor } from '../../domain/scope.ts';
import { covers, isAmong } from '../../domain/selector.ts';
import { tellAddress } from '../../domain/timeline-notices.ts';
import { tellSentence } from '../../domain/told-sentence.ts';
import type { Reading } from '../../domain/told-time.ts';
import type { TrailEntry } from '../../domain/trail.ts';
import { findOperationId, noOperation } from '../../http/find-operation.ts';
import type { HttpParts } from '../../http/parts.ts';
import type { SenderInput } from '../../http/route.ts';
import { cancelOperation, requireMayRead } from '../../http/routes/operations.ts';
import type { OperationParams } from '../../http/schemas.ts';
import type { Sender } from '../../http/auth/sender.ts';
import type { Notice } from '../../domain/notice.ts';
import { answerFramed, readingOf } from '../frame.ts';
import { hasInstance } from '../links/context.ts';
import { rootOf, type Html } from '../page.ts';
import { story } from '../story.ts';
import { machineIdOf, machineName, OPERATION_STATES, titleOf } from './operation-words.ts';
import { badge, facts, when } from './parts.ts';
import { verdictList } from './verdicts.ts';

/** More notices about one operation than anybody reads. */
const MOST_NOTICES = 100;

interface Told {
  readonly operation: Operation;
  /** Absent where it is not known here. */
  readonly machine: Machine | undefined;
  readonly trail: readonly TrailEntry[];
  readonly notices: readonly Notice[];
  readonly judgements: readonly PastJudgement[];
  readonly sender: Sender;
  readonly root: string;
  readonly reading: Reading;
}

export async function showOneOperation(parts: HttpParts, input: SenderInput<OperationParams>): Promise<Response> {
  const { request, sender, params } = input;
  const id = await findOperationId(parts, sender, params.id);
  await requireMayRead(parts, sender, id);
  const [operation, trail, notices, judgements] = await Promise.all([
    parts.store.find(id),
    parts.store.trail(id),
    parts.store.notices({ operation: id, limit: MOST_NOTICES }),
    parts.store.judgements(id),
  ]);
  if (operation === undefined) throw noOperation(id);
  const instance = machineIdOf(operation);
  const row = instance === undefined ? undefined : await parts.store.machine(instance, parts.clock());
  const machine = row?.machine;
  const told = {
    operation,
    machine,
    trail,
    notices,
    judgements,
    sender,
    root: rootOf(request),
    reading: readingOf(parts),
  };
  return answerFramed(parts, input, {
    title: titleOf(operation),
    nav: 'operations',
    body: bodyOf(told),
    same: { api: `GET /api/v1/operations/${id}`, cli: `ec2-operator show ${id}` },
    ...(isOpen(operation) ? { again: AGAIN_S } : {}),
  });
}

/** Without script, an open operation is shown again this often. */
const AGAIN_S = 10;

/** @throws ProblemError with 403, 404 or 409: its call was sent already */
export async function cancelOnPage(parts: HttpParts, input: SenderInput<OperationParams>): Promise<Response> {
  const id = await findOperationId(parts, input.sender, input.params.id);
  await cancelOperation(parts, { ...input, params: { id } });
  return new Response(null, { status: 303, headers: { location: `${rootOf(input.request)}operations/${id}` } });
}

function bodyOf(told: Told): Html {
  const { operation, trail, reading, root } = told;
  const [word, tone] = OPERATION_STATES[operation.state];
  const machine = machineIdOf(operation);
  const why = hasInstance(operation)
    ? tellGrounds(groundsOf({ after: operation }), { ...reading, hasLinks: true }, !isOpen(operation))
    : '';
  return html`<p class="crumbs">
      <a href="${root}operations">Operations</a>${
        machine === undefined ? '' : html` · <a href="${root}machines/${machine}">${machineName(operation)}</a>`
      }
    </p>
    <h1>${titleOf(operation)}</h1>
    <div id="operation" data-live-url="" ${machine === undefined ? '' : html` data-live-machine="${machine}"`}>
      <p>${badge(word, tone)}${'message' in operation ? html` ${tellSentence(operation.message, reading)}` : ''}</p>
      ${why === '' ? '' : html`<p>${why}</p>`} ${cancelForm(told)} ${factsOf(told)}
      <h2>What happened</h2>
      ${story(tellSteps(trail, reading), reading)} ${verdicts(trail, reading)}
      <h2>Who was told</h2>
      ${noticeList(told)}
      <details>
        <summary>Every entry of its trail</summary>
        <ol class="trail">
          ${trail.map((entry) => trailEntry(entry))}
        </ol>
      </details>
    </div>`;
}

/** A cancel is possible until the call is sent. */
function cancelForm(told: Told): Html | string {
  const { operation, root } = told;
  const { id, intent } = operation;
  if (!isOpen(operation) || !isBeforeCall(operation) || !mayCancel(told)) return '';
  return html`<form method="post" action="${root}operations/${id}/cancel">
    <button>Cancel this ${intent.verb}</button>
    <small class="faint">Alerts that began before act no longer on the machine.</small>
  </form>`;
}

/** It needs the right to the verb on this machine, as it was seen last. The press asks anew. */
function mayCancel({ operation: { intent }, sender: { grants }, machine }: Told): boolean {
  if (!isGranted(grants, intent.verb)) return false;
  const only = machinesFor(grants, intent.verb);
  return covers(only, intent.only) || machine === undefined || isAmong(only, machine);
}

/** The settings by which it was last judged. */
function judgedBy(judgements: readonly PastJudgement[], reading: Reading): Html | undefined {
  const last = judgements.toSorted((one, other) => other.lastAt - one.lastAt)[0];
  if (last === undefined) return undefined;
  const since = last.settingsSince === undefined ? '' : html`, in force since ${when(last.settingsSince, reading)}`;
  return html`settings <code>${last.settings.slice(0, 8)}</code>${since}`;
}

function factsOf({ operation, judgements, reading, root }: Told): Html {
  const { intent, instance, createdAt, attempts, sentAt, warned, heldBy } = operation;
  const { cause, target, client, dryRun } = intent;
  const alert = alertOf(cause);
  const machine = machineIdOf(operation);
  return facts([
    ['Machine', machine === undefined ? undefined : html`<a href="${root}machines/${machine}">${machine}</a>`],
    ['Asked for as', target.text === machine ? undefined : plain(target.text, 120)],
    ['Place', instance === undefined ? undefined : describePlace(instance.place)],
    ['Owner', plain(instance?.owner ?? '', 80)],
    ['Asked for', when(createdAt, reading)],
    ['Alert since', alert === undefined ? undefined : when(cause.beganAt, reading)],
    ['Looks again', looksAgain(operation, reading)],
    ['Warned', warned === undefined ? undefined : when(warned.at, reading)],
    ['Stops at', warned === undefined || !isOpen(operation) ? undefined : when(warned.stopsAt, reading)],
    ['Sent to AWS', sentAt === undefined ? undefined : when(sentAt, reading)],
    ['Ended', 'endedAt' in operation ? when(operation.endedAt, reading) : undefined],
    ['Dry run', dryRun ? (intent.notLive === true ? 'yes: live.only leaves the machine out' : 'yes') : undefined],
    ['Held back by', heldBy],
    ['Judged by', judgedBy(judgements, reading)],
    ['Calls to AWS', attempts === 0 ? undefined : String(attempts)],
    ['Client', client],
    // Of a machine that was found, it is told above.
    ['Evidence', hasInstance(operation) ? undefined : plain(observedBy(alert?.about) ?? '', 500)],
    ['Rule', ruleLink(alert?.about?.generatorUrl)],
    ['Reason', 'reason' in operation ? operation.reason : undefined],
  ]);
}

function looksAgain(operation: Operation, reading: Reading): Html | undefined {
  if (operation.state !== 'waiting' || operation.until === operation.warned?.stopsAt) return undefined;
  return when(operation.until, reading);
}

/** An alert's address may lead anywhere; the page says where, and the browser tells the other side nothing. */
function ruleLink(address: string | undefined): Html | undefined {
  const url = address === undefined ? null : URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  return html`<a href="${url.href}" rel="noreferrer noopener">${plain(url.host, 100)}</a>`;
}

/** The guards' last verdicts. */
function verdicts(trail: readonly TrailEntry[], reading: Reading): Html | string {
  const last = trail.findLast((entry) => entry.verdicts !== undefined && entry.verdicts.length > 0);
  if (last?.verdicts === undefined) return '';
  return html`<h2>What the guards said</h2>
    ${verdictList(last.verdicts, reading)}`;
}

function noticeList({ notices, reading, root, operation }: Told): Html {
  if (notices.length === 0) return html`<p class="faint">Nobody was told about it by a channel.</p>`;
  return html`<ul class="told">
      ${notices.map(
        ({ news, state, createdAt, sentAt, error, ...address }) =>
          html`<li>
            ${when(sentAt ?? createdAt, reading)} ${news.kind.replaceAll('_', ' ')} to ${tellAddress(address)}:
            ${state}${error === undefined ? '' : ` (${plain(error, 200)})`}
          </li>`,
      )}
    </ul>
    <p><a href="${root}notices?machine=${machineIdOf(operation) ?? ''}">All notices of the machine</a></p>`;
}

function trailEntry(entry: TrailEntry): Html {
  const { at, event, state, reason, message, guard, requestId, code, who, remote, alertname, traceId } = entry;
  const { times, lastAt } = entry;
  const repeated = lastAt === undefined ? {} : { times: String(times), last: new Date(lastAt).toISOString() };
  const details = Object.entries({ reason, guard, code, requestId, who, remote, alertname, traceId, ...repeated });
  return html`<li>
    <time datetime="${new Date(at).toISOString()}">${new Date(at).toISOString()}</time>
    <b>${event === 'joined' ? 'joined' : (state ?? event)}</b>
    ${details.map(([name, value]) => (value === undefined ? '' : html`<code>${name}=${plain(value, 120)}</code> `))}
    ${message === undefined ? '' : html`<span>${plain(message, 600)}</span>`}
  </li>`;
}
