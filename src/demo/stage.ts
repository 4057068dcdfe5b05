/** The stage of the demo: its machines, its people, and the requests that they send. */
import type { SandboxMachine } from '../sandbox/machine.ts';
import type { Sandbox } from '../sandbox/server.ts';
import { AS_ALERTMANAGER, as } from './people.ts';

/** Machines of the story, and those that nobody may stop. */
const RESERVED = /^(?:gpu-|inference-|notebook-|sweep-)/;

export interface Actor {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly machine: SandboxMachine;
}

export interface Stage {
  readonly sandbox: Sandbox;
  readonly actors: () => readonly Actor[];
  /** A random one; undefined of none. */
  readonly any: <T>(list: readonly T[]) => T | undefined;
  readonly random: () => number;
  /** The machines whose alert fires, with the time at which it began. */
  readonly idle: Map<string, string>;
  /** The machines that their owners keep. */
  readonly kept: Set<string>;
  /** Sends Alertmanager's webhook about one machine. */
  readonly alert: (actor: Actor, status: 'firing' | 'resolved') => Promise<void>;
  /** The owner of a machine asks for something. */
  readonly ask: (owner: string, method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) => Promise<void>;
}

interface StageParts extends Pick<Stage, 'sandbox' | 'random'> {
  readonly url: string;
}

export function createStage({ url, sandbox, random }: StageParts): Stage {
  const idle = new Map<string, string>();
  const send = async (path: string, init: RequestInit): Promise<void> => {
    const response = await fetch(`${url}${path}`, init);
    await response.arrayBuffer();
  };
  return {
    sandbox,
    random,
    idle,
    kept: new Set(),
    actors: () => sandbox.instances().flatMap(toActor),
    any: (list) => list[Math.floor(random() * list.length)],
    alert: async (actor, status) => {
      const body = JSON.stringify(deliveryOf(actor, status, idle.get(actor.id) ?? new Date().toISOString()));
      const headers = { ...AS_ALERTMANAGER, 'content-type': 'application/json' };
      await send('/operateInstance', { method: 'POST', headers, body });
    },
    ask: async (owner, method, path, body) =>
      send(path, {
        method,
        headers: { ...as(owner), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}

function toActor(machine: SandboxMachine): readonly Actor[] {
  const { Name: name = '', owner = '' } = machine.tags;
  return RESERVED.test(name) ? [] : [{ id: machine.id, name, owner, machine }];
}

function deliveryOf({ id, name }: Actor, status: 'firing' | 'resolved', startsAt: string): unknown {
  const isOver = status === 'resolved';
  const alert = {
    status,
    labels: { alertname: 'UnusedGPU', severity: 'warning', instance_id: id, action: 'stop', dryrun: 'false' },
    annotations: {
      summary: 'Unused GPU',
      description: `No GPU of ${name} was used more than 2 % for 60 minutes, and nobody is logged in.`,
    },
    startsAt,
    endsAt: isOver ? new Date().toISOString() : '0001-01-01T00:00:00Z',
  };
  return { version: '4', status, receiver: 'ec2operator', groupKey: '{}', truncatedAlerts: 0, alerts: [alert] };
}
