/** A row of the machines table. It is short, as there may be a thousand. Its links lead on from the first page. */
// The formatter adds spaces to `html`.
import { html as tight } from 'hono/html';
import type { Action } from '../../domain/machine-actions.ts';
import type { Interval, MachineRow } from '../../domain/machine.ts';
import { tellKept, viewMachine, type MachineView, type Viewer } from '../../domain/machine-view.ts';
import { STRIP_MS, stretchesOf } from '../../domain/strip.ts';
import { tellSpan } from '../../domain/ago.ts';
import { tellDollars } from '../../domain/price.ts';
import type { Reading } from '../../domain/told-time.ts';
import type { Html } from '../page.ts';
import { strip } from '../strip.ts';
import { ago } from '../when.ts';

export interface RowFacts {
  readonly row: MachineRow;
  /** Of the last 24 hours, oldest first. */
  readonly intervals: readonly Interval[];
}

export function machineRow({ row, intervals }: RowFacts, viewer: Viewer): Html {
  const view = viewMachine(row, viewer);
  const { id, name, type, owner = '', why = '', actions } = view;
  const { reading } = viewer;
  const also = name === id ? '' : tight` <span>${id}</span>`;
  return tight`<tr id="${id}">${state(view, reading)}<th scope="row" class="m"><a href="machines/${id}">${name}</a><small>${type}${also}</small></th>
<td class="o">${owner}</td><td class="p">${price(view)}</td><td class="h">${strip(stretchesOf(intervals, reading.now, STRIP_MS, view.seenAt))}</td>
<td class="n">${view.kept.map((one) => tight`<small>${tellKept(one, reading)}</small>`)}${next(view)}<p>${why}</p></td><td class="d">${decision(view, reading)}</td>
<td class="a">${actions.map((action) => button(action, id))}</td></tr>
`;
}

function state({ state: { tone, word, since }, seenAt }: MachineView, reading: Reading): Html {
  const seen = seenAt === undefined ? '' : tight`, seen ${ago(seenAt, reading)}`;
  return tight`<td class="s ${tone}"><b>${word}</b><small>${tellSpan(reading.now - since)}${seen}</small></td>`;
}

function price({ price: known }: MachineView): string {
  return known === undefined ? '' : tellDollars(known.perHour);
}

function next({ next: coming }: MachineView): Html | string {
  return coming === undefined ? '' : tight`<b class="${coming.kind}">${coming.text}</b>`;
}

function decision({ decision: last }: MachineView, reading: Reading): Html {
  return tight`<p>${ago(last.at, reading)} ${last.text}</p>`;
}

/** Where it asks first, it leads to a page, which works as a dialog where there is script. */
function button({ kind, label, asks, operation }: Action, id: string): Html {
  const path = kind.replace(/_.*/, '');
  if (asks) return tight`<button formmethod="get" formaction="machines/${id}/${path}">${label}</button>`;
  const named = operation === undefined ? '' : tight` name="operation" value="${operation}"`;
  return tight`<button formaction="machines/${id}/${path}"${named}>${label}</button>`;
}
