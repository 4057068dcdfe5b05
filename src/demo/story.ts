/** The story of the demo: two idle machines may be stopped. The people of one do not answer, and a person keeps the other. */
import type { App } from '../app.ts';
import { wrap } from '../cli/wrap.ts';
import { operationAnswerSchema, receiptsSchema, type OperationBody, type Receipt } from '../http/schemas.ts';
import type { Sandboxed } from '../sandboxed.ts';
import type { DemoNotice, Letterbox } from './letterbox.ts';
import { as, AS_ALERTMANAGER, VISITOR } from './people.ts';
import { pressKeep } from './visitor.ts';

const IDLE = 'i-0a1b2c3d4e5f60001';
const BETWEEN_RUNS = 'i-0a1b2c3d4e5f60002';

export interface Story {
  readonly app: Pick<App, 'url'>;
  readonly sandboxed: Pick<Sandboxed, 'sandbox' | 'url'>;
  readonly letterbox: Letterbox;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
  /** The demo presses the buttons itself. */
  readonly isPlayed: boolean;
}

/** @returns whether it ended as it should */
export async function tellStory(story: Story): Promise<boolean> {
  const { app, sandboxed, letterbox, print, isPlayed } = story;
  print(
    `ec2-operator listens on ${app.url}, with the embedded AWS on ${sandboxed.url}: nothing here is real or costs anything.`,
  );
  print('');
  print('It is Monday. Prometheus sees that GPUs have been idle since the weekend, and Alertmanager posts:');
  print('  POST /operateHostname   4 alerts: UnusedGPU on gpu-1, gpu-2, inference-1 and notebook, action=stop');
  print('');
  const receipts = await postAlerts(app.url, ['gpu-1', 'gpu-2', 'inference-1', 'notebook']);
  print('Each alert gets its own receipt once all of them are on disk:');
  for (const { outcome, operation } of receipts) print(`  ${outcome}: operation ${operation ?? '(none)'}`);
  print('');
  const [, , ...others] = receipts;
  for (const receipt of others) for (const line of describeEnd(await readEnd(app.url, receipt))) print(line);
  const warnings = await Promise.all([IDLE, BETWEEN_RUNS].map(async (id) => letterbox.receive(id, ['warning'])));
  print('The other two may be stopped. Their people are told first, here by a message in this terminal:');
  print('');
  for (const warning of warnings) show(print, warning);
  const [, second] = warnings;
  if (isPlayed && second !== undefined) {
    print('Nobody answers for gpu-1. The owner of gpu-2 opens her link and presses "1 h":');
    print(`  ${await pressKeep(second.links['keep'] ?? '', 'gpu-2')}`);
  } else {
    print('Open a link and press a button, or do nothing: you have a minute.');
  }
  print('');
  const ends = await Promise.all([IDLE, BETWEEN_RUNS].map(async (id) => letterbox.receive(id, ['kept', 'stopped'])));
  for (const end of ends) show(print, end);
  const states = [IDLE, BETWEEN_RUNS].map((id) => sandboxed.sandbox.instance(id).state);
  print(
    `gpu-1 is ${states[0]} and gpu-2 is ${states[1]} in EC2. A stopped machine comes back by the link in its message.`,
  );
  if (isPlayed) return states[0] === 'stopped' && states[1] === 'running';
  return ends.every(({ kind }, index) => states[index] === (kind === 'kept' ? 'running' : 'stopped'));
}

/** A message as a person reads it. */
function show(print: Story['print'], { title, message, links }: DemoNotice): void {
  print(`  │ ${title}`);
  for (const line of wrap(message, WIDTH)) print(`  │ ${line}`);
  for (const [purpose, label] of LABELS) {
    const url = links[purpose];
    if (url !== undefined) print(`  │ ${label}: ${url}`);
  }
  print('');
}

const WIDTH = 110;

/** Of the links, those that are the point of the story. */
const LABELS = [
  ['keep', 'Keep it'],
  ['wake', 'Start it again'],
] as const;

function describeEnd(end: OperationBody): readonly string[] {
  const times = (end.trail ?? []).map(({ at, state, message }) => {
    const seconds = ((Date.parse(at) - Date.parse(end.createdAt)) / 1_000).toFixed(2);
    return `  +${seconds}s ${(state ?? '').padEnd(10)} ${message ?? ''}`.trimEnd();
  });
  return [`${end.target}: ${end.state} (${end.reason ?? ''})`, ...times, ''];
}

/** The alert of the original's README, as Alertmanager sends it. It began an hour ago. */
async function postAlerts(url: string, hostnames: readonly string[]): Promise<readonly Receipt[]> {
  const alerts = hostnames.map((hostname) => ({
    status: 'firing',
    labels: {
      alertname: 'UnusedGPU',
      severity: 'critical',
      hostname,
      action: 'stop',
      client: 'native',
      dryrun: 'false',
    },
    annotations: { summary: 'Unused GPU', description: `No GPU of ${hostname} was above 2 % in the last 60 minutes` },
    startsAt: new Date(Date.now() - 3_600_000).toISOString(),
    endsAt: '0001-01-01T00:00:00Z',
  }));
  const body = JSON.stringify({
    version: '4',
    status: 'firing',
    receiver: 'ec2operator',
    groupKey: '{}',
    truncatedAlerts: 0,
    alerts,
  });
  const response = await fetch(`${url}/operateHostname`, {
    method: 'POST',
    headers: { ...AS_ALERTMANAGER, 'content-type': 'application/json' },
    body,
  });
  return receiptsSchema.parse(await response.json()).receipts;
}

async function readEnd(url: string, { operation }: Receipt): Promise<OperationBody> {
  const response = await fetch(`${url}/api/v1/operations/${operation}?wait=60s`, { headers: as(VISITOR) });
  return operationAnswerSchema.parse(await response.json()).operation;
}
