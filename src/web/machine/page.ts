/** The page of one machine, from what is known of it. */
import { html } from 'hono/html';
import { tellBillsOn } from '../../domain/bills-on.ts';
import { describePlace } from '../../domain/instance.ts';
import type { Action } from '../../domain/machine-actions.ts';
import { tellKept, viewMachine, type MachineView, type Viewer } from '../../domain/machine-view.ts';
import type { Machine } from '../../domain/machine.ts';
import { nameOf, tellEnded } from '../../domain/message-parts.ts';
import { hasScratchDisk } from '../../domain/scratch-disk.ts';
import { isOpen } from '../../domain/operation.ts';
import { plain } from '../../domain/plain.ts';
import { tellPrice } from '../../domain/price.ts';
import { hasTwoSums, isPriced, tellBilledOn, tellMinutes, tellRegrets, tellSum } from '../../domain/savings-words.ts';
import { stretchesOf, STRIP_MS, tellStretches } from '../../domain/strip.ts';
import { audienceOf, type TellingSettings } from '../../domain/telling.ts';
import { tellAddress } from '../../domain/timeline-notices.ts';
import { tellHours } from '../../domain/suggestion.ts';
import { tellCame } from '../../domain/told-state.ts';
import { tellTime, type Reading } from '../../domain/told-time.ts';
import type { Said } from '../machines/did.ts';
import type { Html } from '../page.ts';
import { titleOf } from '../records/operation-words.ts';
import { badge, facts, when, type Tone } from '../records/parts.ts';
import { strip } from '../strip.ts';
import { WEEK_MS, type MachineStory } from './facts.ts';
import { timelineList } from './timeline-list.ts';

export interface PageFacts {
  readonly story: MachineStory;
  readonly said: Said | undefined;
  readonly viewer: Viewer;
  readonly telling: TellingSettings;
  /** From the page to the first page. */
  readonly root: string;
}

export function machinePage(given: PageFacts): { readonly title: string; readonly body: Html } {
  const { story, said, viewer, root } = given;
  const { id, row } = story;
  const view = row === undefined ? undefined : viewMachine(row, viewer);
  const name = view?.name ?? lastName(story);
  const note = said === undefined ? '' : html`<p class="note ${said.tone}">${said.text}</p>`;
  return {
    title: name,
    body: html`<p class="crumbs"><a href="${root}">Machines</a></p>
      <div id="said" role="status">${note}</div>
      <div id="now" ${live(id)}>
        <h1>${name}</h1>
        ${row === undefined || view === undefined ? unseen(story) : now(given, row.machine, view)}
        ${view === undefined ? '' : actionsForm(view, root)} ${openOperation(given)}
      </div>
      <div class="columns">
        <section id="past" aria-labelledby="happened" ${live(id)}>
          <h2 id="happened">What happened</h2>
          ${happened(given)}
        </section>
        <div>
          ${row === undefined ? '' : about(given, row.machine)} ${saved(given)}
          <section aria-labelledby="outlook">
            <h2 id="outlook">If it fell idle now</h2>
            <div data-later="${root}machines/${id}/outlook">
              <p><a href="${root}machines/${id}/outlook">What would happen, guard by guard</a></p>
            </div>
          </section>
        </div>
      </div>`,
  };
}

/** It follows the machine. The outlook does not: EC2 is asked for it. */
function live(id: string): Html {
  return html`data-live-url="" data-live-machine="${id}"`;
}

/** As its newest operation or stop names it. */
function lastName({ id, operations, name }: MachineStory): string {
  const named = operations.find(({ instance }) => instance?.id === id)?.instance;
  return nameOf(named ?? { id, ...(name === undefined ? {} : { name }) });
}

const TONES: Readonly<Record<MachineView['state']['tone'], Tone>> = {
  on: 'good',
  moving: 'act',
  off: 'faint',
  gone: 'faint',
  unknown: 'warn',
};

/** Its state since when, and why, in one sentence; what comes next. */
function now({ viewer: { reading } }: PageFacts, machine: Machine, view: MachineView): Html {
  const { word, tone, since } = view.state;
  const gone =
    machine.forgottenAt === undefined
      ? ''
      : html`<p class="note">
          It is not watched any more since ${tellTime(machine.forgottenAt, reading)}: AWS does not show it, or the
          configuration leaves it out.
        </p>`;
  return html`<p class="now">
      ${badge(word, TONES[tone])} ${tellCame(machine.state, machine.why)} Since ${when(since, reading)}
    </p>
    ${view.seenAt === undefined ? '' : html`<p class="note">This is old: it was seen last ${when(view.seenAt, reading)}.</p>`}
    ${gone} ${view.next === undefined ? '' : html`<p class="next"><b>${view.next.text}</b></p>`}
    ${view.why === undefined ? '' : html`<p>${view.why}</p>`}
    ${machine.state === 'stopped' ? html`<p>${tellEnded({ losesDisk: hasScratchDisk(machine.type) })}</p>` : ''}
    ${view.kept.map((one) => html`<p>${tellKept(one, reading)}</p>`)}`;
}

function unseen({ operations }: MachineStory): Html {
  const last = operations.at(0);
  const asked = last === undefined ? '' : html` The last one: ${titleOf(last)}.`;
  return html`<p class="note">
    The watch has not seen this machine, so its state is not shown. What was asked of it is listed below.${asked}
  </p>`;
}

/** As in the table of all machines. Where it asks first, it leads to a page. */
function actionsForm({ id, actions }: MachineView, root: string): Html | string {
  if (actions.length === 0) return '';
  return html`<form class="actions" method="post">
    <input
      type="hidden"
      name="back"
      value="machine"
    />${actions.map((action) => button(action, `${root}machines/${id}`))}
  </form>`;
}

function button({ kind, label, asks, operation }: Action, path: string): Html {
  const to = `${path}/${kind.replace(/_.*/, '')}`;
  if (asks) return html`<button formmethod="get" formaction="${to}">${label}</button>`;
  const named = operation === undefined ? '' : html` name="operation" value="${operation}"`;
  return html`<button formaction="${to}" ${named}>${label}</button>`;
}

function openOperation({ story: { operations }, root }: PageFacts): Html | string {
  const open = operations.filter((each) => isOpen(each));
  if (open.length === 0) return '';
  return html`<p>
    Open:
    ${open.map((each, index) => html`${index === 0 ? '' : ', '}<a href="${root}operations/${each.id}">${titleOf(each)}</a>`)}
  </p>`;
}

function happened({ story: { id, lines, isCut }, viewer: { reading }, root }: PageFacts): Html {
  const list =
    lines.length === 0 ? html`<p class="faint">Nothing in the last 14 days.</p>` : timelineList(lines, root, reading);
  return html`${list}
    <p>
      ${isCut ? 'There is more: ' : ''}<a href="${root}operations?machine=${id}">all its operations</a>,
      <a href="${root}notices?machine=${id}">notices</a> and <a href="${root}audit?machine=${id}">audit entries</a>
    </p>`;
}

function about({ story, viewer, telling }: PageFacts, machine: Machine): Html {
  const { reading } = viewer;
  const view = viewMachine({ machine }, viewer);
  const tags = Object.entries(machine.tags).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const told = audienceOf(machine, telling).map(tellAddress);
  return html`<section id="facts" aria-labelledby="about" ${live(machine.id)}>
    <h2 id="about">About it</h2>
    ${history(story, STRIP_MS, '24 hours', reading, view.seenAt)}
    ${history(story, WEEK_MS, '7 days', reading, view.seenAt)}
    ${facts([
      ['Id', html`<code>${machine.id}</code>`],
      ['Type', view.type],
      ['An hour', view.price === undefined ? 'price not known' : tellPrice(view.price)],
      ['An hour stopped', tellBillsOn(machine, viewer.prices.factor)],
      ['Owner', view.owner ?? 'nobody: no tag names one'],
      ['Told about it', told.join(', ') || 'nobody: no channel reaches anybody'],
      ['Place', [describePlace(machine.place), machine.availabilityZone].filter((text) => text !== '').join(', ')],
      ['Launched', when(machine.launchedAt, reading)],
      ['Spot', machine.lifecycle === undefined ? undefined : plain(machine.lifecycle, 40)],
      ['Managed by', plain(machine.managedBy ?? '', 80)],
      ['Last seen', when(machine.seenAt, reading)],
    ])}
    <details>
      <summary>${tags.length === 1 ? 'One tag' : `${tags.length} tags`}</summary>
      <ul class="tags">
        ${tags.map(([key, value]) => html`<li><code>${plain(key, 130)}</code> ${plain(value, 260)}</li>`)}
      </ul>
    </details>
  </section>`;
}

/** What its stops have saved, and how often that was regretted. */
function saved({ story: { saved: figures, basis }, root }: PageFacts): Html | string {
  const { stops, savedMs, unpricedMs, atPrice, offBill, waits, waitedMs } = figures;
  if (stops === 0 && savedMs === 0) return '';
  return html`<section aria-labelledby="saved">
    <h2 id="saved">Saved in the last 30 days</h2>
    ${facts([
      ['Stops by alerts and leases', String(stops)],
      ['Hours saved', tellHours(savedMs)],
      isPriced(figures) ? [`Dollars ${basis}`, tellSum(atPrice)] : ['Dollars', 'price not known'],
      ['Off the bill', hasTwoSums(figures) ? tellSum(offBill) : undefined],
      ['Without a known price', isPriced(figures) && unpricedMs > 0 ? tellHours(unpricedMs) : undefined],
      ['Billed on meanwhile', savedMs > 0 ? tellBilledOn(figures) : undefined],
      ['Regrets', tellRegrets(figures)],
      ['People waited', waits === 0 ? undefined : tellMinutes(waitedMs)],
    ])}
    <p class="faint">
      From a stop to the next start; <a href="${root}savings?by=machine">the savings page</a> says how it is counted.
    </p>
  </section>`;
}

/** The strip says by its picture and by its text how long the machine ran. */
function history(
  { intervals }: MachineStory,
  spanMs: number,
  span: string,
  { now: at }: Reading,
  seenAt?: number,
): Html | string {
  const stretches = stretchesOf(intervals, at, spanMs, seenAt);
  if (stretches.length === 0) return '';
  return html`<figure class="history">
    ${strip(stretches, spanMs)}
    <figcaption class="faint">Last ${span}: ${tellStretches(stretches, spanMs)}</figcaption>
  </figure>`;
}
