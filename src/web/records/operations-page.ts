/** `/operations`: all that was accepted, the newest first. */
import { html } from 'hono/html';
import { VERBS } from '../../domain/intent.ts';
import type { Operation } from '../../domain/operation.ts';
import { tellSentence } from '../../domain/told-sentence.ts';
import type { Reading } from '../../domain/told-time.ts';
import type { HttpParts } from '../../http/parts.ts';
import type { SenderInput } from '../../http/route.ts';
import { findOperations } from '../../http/routes/operations.ts';
import type { OperationsQuery } from '../../http/schemas.ts';
import { answerFramed, readingOf } from '../frame.ts';
import { rootOf, type Html } from '../page.ts';
import { partShown, sameList } from '../same.ts';
import { machineIdOf, machineName, OPERATION_STATES, titleOf } from './operation-words.ts';
import { asOf, badge, empty, filters, instantOf, isFilteredBy, pager, when, type Field } from './parts.ts';

const FIELDS: readonly Field[] = [
  { name: 'machine', label: 'Machine', type: 'search', placeholder: 'id, name, address' },
  { name: 'state', label: 'State', options: Object.entries(OPERATION_STATES).map(([state, [word]]) => [state, word]) },
  { name: 'verb', label: 'Verb', options: VERBS.map((verb) => [verb, verb]) },
  {
    name: 'dryrun',
    label: 'Dry runs',
    options: [
      ['true', 'only these'],
      ['false', 'none'],
    ],
  },
];

const EMPTY =
  'Nothing was asked for yet. Alertmanager sends its alerts to /operateInstance or /operateHostname; "ec2-operator doctor" finds what keeps them from arriving.';

export async function showOperations(
  parts: HttpParts,
  input: SenderInput<unknown, OperationsQuery>,
): Promise<Response> {
  const { request, query, sender } = input;
  const [root, given] = [rootOf(request), new URL(request.url).searchParams];
  const path = `${root}operations`;
  const { operations, cursor } = await findOperations(parts, sender, query);
  const reading = readingOf(parts);
  return answerFramed(parts, input, {
    title: 'Operations',
    nav: 'operations',
    body: html`<h1>Operations</h1>
      <p class="lead">Every start and stop that was asked for, and what has become of it.</p>
      ${filters(path, given, FIELDS)} ${asOf(reading)}
      ${operations.length === 0 ? empty(isFilteredBy(given), EMPTY, path) : operationList(operations, root, reading)}
      ${pager(path, given, cursor)}`,
    same: sameList('/api/v1/operations', 'ops', [
      { name: 'machine', value: query.machine, option: '--machine' },
      { name: 'target', value: query.target, option: '--target' },
      { name: 'state', value: query.state?.join(), option: '--state' },
      { name: 'verb', value: query.verb, option: '--verb' },
      { name: 'dryrun', value: query.dryrun, option: query.dryrun === 'true' ? '--dry-run' : '--real', isFlag: true },
      { name: 'since', value: instantOf(query.since), option: '--since' },
      ...partShown(query, query.cursor, operations.length),
    ]),
  });
}

export function operationList(operations: readonly Operation[], root: string, reading: Reading): Html {
  return html`<ol class="records">
    ${operations.map((operation) => row(operation, root, reading))}
  </ol>`;
}

function row(operation: Operation, root: string, reading: Reading): Html {
  const [word, tone] = OPERATION_STATES[operation.state];
  const machine = machineIdOf(operation);
  return html`<li>
    <div class="at">${when(operation.createdAt, reading)}</div>
    <div class="what">
      <p>
        <a href="${root}operations/${operation.id}"><b>${titleOf(operation)}</b></a>
      </p>
      ${'message' in operation ? html`<p class="faint">${tellSentence(operation.message, reading)}</p>` : ''}
      ${machine === undefined ? '' : html`<p><a href="${root}machines/${machine}">${machineName(operation)}</a></p>`}
    </div>
    <div class="mark">${badge(word, tone)}</div>
  </li>`;
}
