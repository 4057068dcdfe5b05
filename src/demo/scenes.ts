/** The scenes of the demo's life. Each chooses a machine for which it makes sense, and does nothing where there is none. */
import { start, stop } from '../sandbox/transitions.ts';
import type { Actor, Stage } from './stage.ts';

type Scene = (stage: Stage) => Promise<void>;

/** Longer than `min_uptime` of the demo: a machine that has just been started is left alone. In milliseconds. */
const SETTLED_MS = 4 * 60_000;
const MOST_IDLE = 5;
/** Console and terraform take as long as the operator's own calls. In milliseconds. */
const CONSOLE = { startMs: 4_000, stopMs: 4_000 };

const WORK = [
  'evaluation of run 114',
  'fine-tuning, about two hours',
  'a demo for the customer at noon',
  'debugging a data loader',
];

const running = ({ machine }: Actor): boolean => machine.state === 'running';
const stopped = ({ machine }: Actor): boolean => machine.state === 'stopped';

/** Its GPUs have been idle for an hour, so its alert fires, and its people are warned. */
const goIdle: Scene = async (stage) => {
  const { idle } = stage;
  const isSettled = ({ machine }: Actor): boolean => Date.now() - machine.launchTime > SETTLED_MS;
  const actor = stage.any(stage.actors().filter((one) => running(one) && isSettled(one) && !idle.has(one.id)));
  if (actor === undefined || idle.size >= MOST_IDLE) return;
  idle.set(actor.id, new Date().toISOString());
  await stage.alert(actor, 'firing');
};

/** Work begins on it again, so its alert is over, and the stop is cancelled. */
const getBusy: Scene = async (stage) => {
  const actor = stage.any(stage.actors().filter(({ id }) => stage.idle.has(id)));
  if (actor === undefined) return;
  await stage.alert(actor, 'resolved');
  stage.idle.delete(actor.id);
};

const keep: Scene = async (stage) => {
  const { idle, kept } = stage;
  const actor = stage.any(stage.actors().filter((one) => running(one) && idle.has(one.id) && !kept.has(one.id)));
  if (actor === undefined) return;
  kept.add(actor.id);
  const body = { target: actor.id, for: stage.any(['1h', '2h', '4h']), why: stage.any(WORK) };
  await stage.ask(actor.owner, 'POST', '/api/v1/holds', body);
};

const release: Scene = async (stage) => {
  const actor = stage.any(stage.actors().filter(({ id }) => stage.kept.has(id)));
  if (actor === undefined || stage.kept.size < 2) return;
  stage.kept.delete(actor.id);
  await stage.ask(actor.owner, 'DELETE', `/api/v1/holds/${actor.id}`);
};

/** @param forHow how long it is to run, as a part of the query */
function startIt(forHow: string): Scene {
  return async (stage) => {
    const actor = stage.any(stage.actors().filter(stopped));
    if (actor === undefined) return;
    stage.idle.delete(actor.id);
    await stage.ask(
      actor.owner,
      'GET',
      `/operateInstance?instance=${actor.id}&action=start&dryrun=false&wait=0s${forHow}`,
    );
  };
}

/** AWS has no such machine free for a while, so the start waits. */
const waitForCapacity: Scene = async (stage) => {
  const actor = stage.any(stage.actors().filter((one) => stopped(one) && one.machine.type.startsWith('p')));
  if (actor === undefined) return;
  stage.sandbox.faults.add({ kind: 'capacity', instance: actor.id, times: 3 });
  await stage.ask(actor.owner, 'GET', `/operateInstance?instance=${actor.id}&action=start&dryrun=false&wait=0s`);
};

const stopIt: Scene = async (stage) => {
  const actor = stage.any(stage.actors().filter((one) => running(one) && !stage.kept.has(one.id)));
  if (actor === undefined) return;
  await stage.ask(actor.owner, 'GET', `/operateInstance?instance=${actor.id}&action=stop&dryrun=false&wait=0s`);
};

/** Past the operator, in the console of AWS. */
const stopAtConsole: Scene = async (stage) => {
  const actor = stage.any(stage.actors().filter((one) => running(one) && !stage.idle.has(one.id)));
  if (actor !== undefined) stage.sandbox.put(stop(actor.machine, Date.now(), CONSOLE, false));
  return Promise.resolve();
};

const startAtConsole: Scene = async (stage) => {
  const actor = stage.any(stage.actors().filter(stopped));
  if (actor !== undefined) stage.sandbox.put(start(actor.machine, Date.now(), CONSOLE));
  return Promise.resolve();
};

const startForAWhile = startIt('&for=2h');

/** A bit of everything. */
export const OPENING: readonly Scene[] = [
  goIdle,
  startForAWhile,
  goIdle,
  keep,
  waitForCapacity,
  goIdle,
  stopAtConsole,
  goIdle,
  keep,
  getBusy,
  goIdle,
  goIdle,
];

/** Chooses so that about two machines of three run. */
export function pickScene(stage: Stage): Scene {
  const actors = stage.actors();
  const share = actors.filter(running).length / Math.max(1, actors.length);
  const starts = [startForAWhile, startIt(''), startIt('&for=1h'), startAtConsole];
  const stops = [goIdle, goIdle, goIdle, stopIt, stopAtConsole];
  const others = [getBusy, keep, release, keep];
  const scenes = share < 0.6 ? [...starts, ...others] : [...stops, ...others, startForAWhile];
  return stage.any(scenes) ?? goIdle;
}
