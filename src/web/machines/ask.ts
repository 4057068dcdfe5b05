/** The pages that ask before something is done with a machine: for how long, or whether it is meant. */
import { html } from 'hono/html';
import { hasScratchDisk } from '../../domain/scratch-disk.ts';
import { offeredKeeps } from '../../domain/keep-choices.ts';
import type { MachineRow } from '../../domain/machine.ts';
import { mayOn } from '../../domain/machine-actions.ts';
import { tellKept, viewMachine, type MachineView, type Viewer } from '../../domain/machine-view.ts';
import { tellLost } from '../../domain/message-parts.ts';
import { tellPrice } from '../../domain/price.ts';
import { capital, tellSentence } from '../../domain/told-sentence.ts';
import { tellTime, type Reading } from '../../domain/told-time.ts';
import { tellAgo, tellSpan } from '../../domain/ago.ts';
import type { Html } from '../page.ts';
import { isIdle, type Said } from './did.ts';

export const ASKS = ['start', 'keep', 'stop'] as const;
export type Ask = (typeof ASKS)[number];

export interface AskFacts {
  readonly row: MachineRow;
  readonly viewer: Viewer;
  /** How long the machine may be held or leased from now, in milliseconds. */
  readonly longestMs: number;
  /** From the page to the first one. */
  readonly root: string;
  /** Where the person came from: the filter of the table, or `machine` for its own page. */
  readonly back: string;
  /** What its tag says, if that holds it. */
  readonly heldByTag?: string;
  readonly said?: Said;
}

export interface Asked {
  readonly title: string;
  readonly body: Html;
}

export function askPage(ask: Ask, facts: AskFacts): Asked {
  const view = viewMachine(facts.row, facts.viewer);
  const title = { start: `Start ${view.name}`, keep: `Keep ${view.name} running`, stop: `Stop ${view.name}?` }[ask];
  return { title, body: sheet(facts, view, title, { start: startFor, keep, stop }[ask](facts, view)) };
}

/** Says why a press was refused, where there is nothing to choose. */
export function refusedPage(facts: AskFacts): Asked {
  const view = viewMachine(facts.row, facts.viewer);
  return { title: view.name, body: sheet(facts, view, view.name, html`<p>${goBack(facts, 'Back')}</p>`) };
}

function sheet(facts: AskFacts, view: MachineView, title: string, rest: Html): Html {
  const { said } = facts;
  return html`<section class="ask" aria-labelledby="ask">
    <h1 id="ask">${title}</h1>
    ${said === undefined ? '' : html`<p class="note ${said.tone}" role="alert">${said.text}</p>`} ${about(facts, view)}
    ${rest}
  </section>`;
}

function about({ row: { machine }, viewer: { reading }, heldByTag }: AskFacts, view: MachineView): Html {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Machine', view.name === view.id ? view.id : `${view.name} (${view.id})`],
    ['Owner', view.owner],
    ['Type', `${view.type}, ${machine.availabilityZone}`],
    ['State', stateOf(view, reading)],
    ['An hour', view.price === undefined ? undefined : tellPrice(view.price)],
    ...view.kept.filter(({ by }) => by !== 'tag').map((one) => ['Kept', withoutWord(tellKept(one, reading))] as const),
    ['Kept', heldByTag === undefined ? undefined : tellSentence(heldByTag, reading)],
    ['What comes', view.next?.text],
    ['Why', withoutWord(view.why)],
  ];
  return html`<dl>
    ${facts.map(([name, value]) =>
      value === undefined
        ? ''
        : html`<dt>${name}</dt>
            <dd>${value}</dd>`,
    )}
  </dl>`;
}

/** The word stands before it already. */
function withoutWord(text: string | undefined): string | undefined {
  return text === undefined ? undefined : capital(text.replace(/^(?:Kept|Why:) /, ''));
}

function stateOf({ state: { word, since }, seenAt }: MachineView, { now }: Reading): string {
  return `${word} for ${tellSpan(now - since)}${seenAt === undefined ? '' : `, seen ${tellAgo(seenAt, now)}`}`;
}

/** The page may have been opened while the machine was in another state. */
function note(text: string): Html | string {
  return text === '' ? '' : html`<p class="note">${text}</p>`;
}

function startFor(facts: AskFacts): Html {
  const { row, viewer, longestMs } = facts;
  const choices = offeredKeeps(viewer.reading, longestMs).map(
    ({ choice, label, until }) =>
      html`<button name="for" value="${choice}">
        ${label.replace('Keep', 'For')}<small
          >${choice === 'morning' ? '' : 'until '}${tellTime(until, viewer.reading)}</small
        >
      </button>`,
  );
  // With a default, each start has an end.
  const endless = viewer.defaultLeaseMs === undefined ? html`<button name="for" value="">Without an end</button>` : '';
  return html`${note(row.machine.state === 'running' ? 'It runs already.' : '')}
    <p>How long do you need it? It is stopped after that; the people who use it are told before, and can extend it.</p>
    ${form(facts, 'start', html`${choices}${endless}`)}`;
}

function keep(facts: AskFacts): Html {
  const { row, viewer, longestMs } = facts;
  const { reading } = viewer;
  const choices = offeredKeeps(reading, longestMs).map(
    ({ choice, label, until }) =>
      html`<button name="keep" value="${choice}">
        ${label}<small>${choice === 'morning' ? '' : 'until '}${tellTime(until, reading)}</small>
      </button>`,
  );
  const none = html`<p class="note bad">The rules do not let you keep this machine.</p>`;
  const holding = html`${note(isIdle(row.machine))}
    <p>Alerts do not stop it until then.</p>
    ${form(facts, 'keep', html`${choices}`)}`;
  return html`${choices.length === 0 ? none : holding}${row.lease === undefined || !mayOn(row, viewer, 'start') ? '' : extending(facts, row.lease)}`;
}

function extending(facts: AskFacts, { until }: NonNullable<MachineRow['lease']>): Html {
  const { reading } = facts.viewer;
  const choices = [1, 4].map((hours) => {
    const later = Math.max(until, reading.now) + hours * 3_600_000;
    return html`<button name="extend" value="${later}">
      Extend by ${hours} h<small>until ${tellTime(later, reading)}</small>
    </button>`;
  });
  return html`<p>It runs on a lease, and is stopped at its end. The lease can be extended:</p>
    ${form(facts, 'extend', html`${choices}`)}`;
}

function stop(facts: AskFacts, view: MachineView): Html {
  const { row } = facts;
  const { type, since } = row.machine;
  const override = html`<label class="check"
    ><input type="checkbox" name="override" value="true" required /> Stop it although it is kept</label
  >`;
  const isMoving = row.machine.state !== 'running' && row.machine.state !== 'pending';
  return html`<p>${tellLost({ losesDisk: hasScratchDisk(type) })}</p>
    ${note(isMoving ? `It does not run at the moment: it is ${view.state.word}.` : '')}
    ${form(
      facts,
      'stop',
      html`<input type="hidden" name="confirm" value="${view.id}" />
        <input type="hidden" name="since" value="${since}" />
        ${isHeld(facts) ? override : ''}<button class="danger">Stop ${view.name}</button>`,
    )}`;
}

/** A person, or the tag of the machine, keeps it running: a stop has to say that it is meant all the same. */
export function isHeld({ row, viewer, heldByTag }: AskFacts): boolean {
  return heldByTag !== undefined || viewMachine(row, viewer).kept.some(({ by }) => by === 'hold');
}

/** @param path what is done, below the machine's own page */
function form(facts: AskFacts, path: string, inside: Html): Html {
  const { root, back, row, viewer } = facts;
  return html`<form method="post" action="${root}machines/${row.machine.id}/${path}" data-rows>
    <input type="hidden" name="back" value="${back}" />
    <input type="hidden" name="at" value="${viewer.reading.now}" />
    <div class="choices">${inside}${goBack(facts, 'Do nothing')}</div>
  </form>`;
}

function goBack({ root, back, row }: AskFacts, label: string): Html {
  const to = back === 'machine' ? `machines/${row.machine.id}` : back;
  return html`<a class="button" data-close href="${root}${to}">${label}</a>`;
}
