/** Machines as text. */
import { isOld } from '../domain/machine.ts';
import { tellListed } from '../domain/price.ts';
import type { MachineView } from './answers.ts';
import type { Line, Style } from './screen.ts';
import { ageOf, clockOf, placeOf } from './show-view.ts';
import { layOut, type Cell, type Column } from './table.ts';

const STYLES: Readonly<Record<string, Style>> = {
  running: 'good',
  pending: 'pending',
  stopping: 'pending',
  terminated: 'bad',
  'shutting-down': 'bad',
};

function styleOf(state: string): Style {
  return Object.hasOwn(STYLES, state) ? (STYLES[state] ?? 'quiet') : 'quiet';
}

/**
 * @param now milliseconds since the epoch
 * @param width characters in a line; undefined for no limit
 */
export function machinesTable(
  machines: readonly MachineView[],
  now: number,
  width: number | undefined,
): readonly Line[] {
  const column = (
    heading: string,
    cell: (machine: MachineView) => Cell,
    room: Pick<Column, 'goes' | 'least'> = {},
  ) => ({
    heading,
    cells: machines.map(cell),
    ...room,
  });
  const table = layOut(
    [
      column('MACHINE', ({ id, name }) => ({ text: name ?? id }), { least: 10 }),
      column('INSTANCE', ({ id, name }) => ({ text: name === undefined ? '' : id, style: 'quiet' }), { goes: 2 }),
      column('OWNER', ({ owner = '' }) => ({ text: owner }), { goes: 5, least: 8 }),
      column('STATE', (machine) => ({ text: stateOf(machine, now), style: styleOf(machine.state) })),
      column('FOR', ({ since = '' }) => ({ text: ageOf(since, now) }), { goes: 4 }),
      column('TYPE', ({ type = '' }) => ({ text: type }), { goes: 3 }),
      column('$/H', (machine) => ({ text: hourlyOf(machine) }), { goes: 3 }),
      column('NEXT', (machine) => ({ text: nextOf(machine) }), { least: 12 }),
      column('WHY', (machine) => ({ text: whyOf(machine) }), { goes: 1, least: 24 }),
    ],
    width,
  );
  const listed = tellListed(machines.map(({ price }) => price?.listed));
  return listed === '' ? table : [...table, [{ text: `* at list price: ${listed}`, style: 'quiet' }]];
}

/** A machine in a line: its state, and what is to come. */
export function machineLine(machine: MachineView, now: number): Line {
  const { state, owner } = machine;
  const next = nextOf(machine);
  const why = whyOf(machine);
  return [
    { text: stateOf(machine, now), style: styleOf(state) },
    `  ${placeOf(machine)}${owner === undefined ? '' : `, of ${owner}`}`,
    ...(next === '' ? [] : [`: ${next}`]),
    ...(why === '' ? [] : [`. ${why}`]),
  ];
}

function stateOf({ state, seenAt = '' }: MachineView, now: number): string {
  return isOld(Date.parse(seenAt), now) ? `${state}, seen ${ageOf(seenAt, now)} ago` : state;
}

function hourlyOf({ price }: MachineView): string {
  return price === undefined ? '' : `${price.perHour.toFixed(2)}${price.basis === 'list' ? '*' : ''}`;
}

/** What is agreed or announced, and when. */
function nextOf(machine: MachineView): string {
  const { stopsAt, stopHeldBack, hold, heldByTag, lease } = machine;
  const open = openOf(machine);
  if (open?.state === 'waiting' && open.reason === 'warned' && stopsAt !== undefined)
    return `stops ${clockOf(stopsAt)}`;
  if (open?.state === 'acting' || open?.state === 'verifying') return `${open.verb} ${open.state}`;
  const held = hold === undefined ? '' : `held until ${clockOf(hold.until)} by ${hold.who ?? hold.holder}`;
  const tagged = heldByTag === undefined ? '' : heldBackOf({ ...heldByTag, by: 'tag' });
  const leased = lease === undefined ? '' : `leased until ${clockOf(lease.until)} to ${lease.who}`;
  const said = [held, tagged, leased, stopHeldBack?.by === 'tag' ? '' : heldBackOf(stopHeldBack)]
    .filter((text) => text !== '')
    .join(', ');
  if (said !== '') return said;
  if (open === undefined) return '';
  return `${open.verb} ${open.state}${open.reason === undefined ? '' : `: ${open.reason}`}`;
}

function heldBackOf(heldBack: MachineView['stopHeldBack']): string {
  if (heldBack === undefined) return '';
  const { by, who = '', until } = heldBack;
  const end = until === undefined ? '' : ` until ${clockOf(until)}`;
  switch (by) {
    case 'pause':
      return `paused by ${who}${end}`;
    case 'tag':
      return `held by its tag${end}`;
    case 'windows':
      return until === undefined ? 'no change window allows a stop' : `change windows allow a stop ${clockOf(until)}`;
    case 'fleet_limit':
      return `limit on stops is reached${end}`;
    default:
      return `${by}${end}`;
  }
}

/** The sentence of the last decision. */
function whyOf(machine: MachineView): string {
  const { last, since = '', why } = machine;
  const told = openOf(machine) ?? (last?.id === machine.open?.id ? undefined : last);
  const isUndone = told === undefined || Date.parse(since) > Date.parse(told.endedAt ?? '');
  if (why?.by === 'outside' && isUndone) return 'changed outside ec2-operator, such as in the AWS console or by a tool';
  return told?.message ?? '';
}

const ENDED: ReadonlySet<string> = new Set(['stopping', 'stopped', 'shutting-down', 'terminated']);

/** Of a machine that is stopped already, a stop that waits says nothing. */
function openOf({ state, open }: MachineView): MachineView['open'] {
  return open?.verb === 'stop' && open.state === 'waiting' && ENDED.has(state) ? undefined : open;
}
