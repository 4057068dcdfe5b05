/** An operator that warns of its stops, with the clock in the test's hand; it is eight o'clock. */
import { mock } from 'node:test';
import { receiptsSchema, type OperationBody } from '../../src/http/schemas.ts';
import { alert, delivery } from './alerts.ts';
import { idOf, machine, type MachineEntry } from './fleet.ts';
import { startVirtualOperator, type VirtualOperator } from './virtual-operator.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const EIGHT = Date.UTC(2026, 10, 23, 8);
/** Long enough ago for `min_uptime`. */
export const LAUNCHED = '1d ago';
export const ALWAYS = 'warn: { always: true }';

interface Started {
  readonly config?: string;
  readonly machines?: readonly MachineEntry[];
}

export async function startWarned({
  config = ALWAYS,
  machines = [machine(1, { launched: LAUNCHED })],
}: Started = {}): Promise<VirtualOperator> {
  mock.timers.reset();
  mock.timers.enable({ apis: ['Date'], now: EIGHT });
  return startVirtualOperator({ machines, config, timers: mock.timers });
}

export function idle(number: number, more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return alert({ instance_id: idOf(number) }, { startsAt: new Date().toISOString(), ...more });
}

export async function send(operator: VirtualOperator, ...alerts: readonly unknown[]): Promise<readonly string[]> {
  const answer = await operator.request('POST', '/operateInstance', { body: delivery(alerts) });
  await operator.settle();
  return receiptsSchema.parse(answer.body).receipts.map(({ operation = '' }) => operation);
}

export async function sendOne(operator: VirtualOperator): Promise<string> {
  const [id = ''] = await send(operator, idle(1));
  return id;
}

export function stopsOf(operator: VirtualOperator): readonly string[] {
  return operator.stops().map(({ at, instanceIds }) => `${clock(at)} ${instanceIds.map(numberOf).join(' ')}`);
}

export function clock(at: number | string | undefined): string {
  return at === undefined ? 'never' : new Date(at).toISOString().slice(11, 19);
}

function numberOf(id: string): string {
  return String(Number.parseInt(id.slice(2), 16));
}

/** `08:00:00 -> 08:15:00` */
export function warningOf({ warning }: OperationBody): string {
  return warning === undefined ? 'none' : `${clock(warning.at)} -> ${clock(warning.stopsAt)}`;
}

export function waitsOf({ trail = [] }: OperationBody): readonly string[] {
  return trail.flatMap(({ at, state, reason = '' }) => (state === 'waiting' ? [`${clock(at)} ${reason}`] : []));
}

export async function counted(operator: VirtualOperator, series: string): Promise<number> {
  const { body } = await operator.request('GET', '/metrics');
  const line = String(body)
    .split('\n')
    .find((each) => each.startsWith(`${series} `));
  return Number(line?.slice(series.length));
}

export async function answered(operator: VirtualOperator): Promise<Readonly<Record<string, number>>> {
  const { body } = await operator.request('GET', '/metrics');
  const found = String(body).matchAll(/^ec2_operator_warnings_ended_total\{answer="(\w+)"\} ([1-9]\d*)$/gm);
  return Object.fromEntries([...found].map(([, answer = '', count]) => [answer, Number(count)]));
}
