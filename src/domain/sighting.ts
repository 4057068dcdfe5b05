/** Makes sightings of what EC2 shows. */
import type { Instance } from './instance.ts';
import type { Machine, Sighting } from './machine.ts';
import { ownerOf } from './telling.ts';

/**
 * @param at when EC2 was asked
 * @param ownerTags the tags that name the owner
 */
export function sightingOf(instance: Instance, at: number, ownerTags: readonly string[]): Sighting {
  const {
    id,
    place,
    state,
    type,
    availabilityZone,
    launchedAt,
    tags,
    lifecycle,
    managedBy,
    billing,
    committed,
    elasticIps,
  } = instance;
  const name = tags['Name'] ?? '';
  const owner = ownerOf(tags, ownerTags);
  const beganAt = beganAtOf(instance, at);
  const detail = detailOf(instance);
  return {
    id,
    place,
    state,
    type,
    availabilityZone,
    launchedAt,
    tags,
    ...(lifecycle === undefined ? {} : { lifecycle }),
    ...(managedBy === undefined ? {} : { managedBy }),
    ...(billing === undefined ? {} : { billing }),
    ...(committed === undefined ? {} : { committed }),
    ...(elasticIps === undefined ? {} : { elasticIps }),
    ...(name === '' ? {} : { name }),
    ...(owner === undefined ? {} : { owner }),
    at,
    ...(beganAt === undefined ? {} : { beganAt }),
    ...(detail === undefined ? {} : { detail }),
  };
}

/**
 * What is known of a machine though a sighting does not show it: its volumes, and the capacity of one that does not run, which bills on
 * nevertheless.
 */
export function unseenOf(
  shown: Pick<Sighting, 'state' | 'committed'>,
  before?: Machine,
): Pick<Machine, 'committed' | 'volumes'> {
  const isOn = shown.state === 'pending' || shown.state === 'running';
  const committed = shown.committed ?? (isOn ? undefined : before?.committed);
  const volumes = before?.volumes;
  return { ...(committed === undefined ? {} : { committed }), ...(volumes === undefined ? {} : { volumes }) };
}

const MAX_DETAIL = 200;

/**
 * EC2's code such as `Client.InstanceInitiatedShutdown`, else the beginning of its sentence such as `User initiated`. A machine that runs
 * has no reason: what EC2 may still show is that of an earlier stop.
 */
function detailOf({ state, stateReason, transitionReason = '' }: Instance): string | undefined {
  switch (state) {
    case 'pending':
    case 'running':
    case 'unknown':
      return undefined;
    case 'stopping':
    case 'stopped':
    case 'shutting-down':
    case 'terminated': {
      const [sentence = ''] = transitionReason.split(/ ?\(|: /, 1);
      return [stateReason?.code ?? '', sentence].find((text) => text !== '')?.slice(0, MAX_DETAIL);
    }
  }
}

/** The time in `User initiated (2026-11-26 15:31:11 GMT)`. */
const TRANSITION_TIME = /\((\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (?:GMT|UTC)\)$/;

function beganAtOf({ state, launchedAt, transitionReason = '' }: Instance, at: number): number | undefined {
  switch (state) {
    case 'pending':
    case 'running':
      return launchedAt <= at ? launchedAt : undefined;
    case 'unknown':
      return undefined;
    case 'stopping':
    case 'stopped':
    case 'shutting-down':
    case 'terminated': {
      const [, date, time] = TRANSITION_TIME.exec(transitionReason) ?? [];
      const beganAt = Date.parse(`${date ?? ''}T${time ?? ''}Z`);
      // A time before the launch is that of an earlier stop. EC2's times are whole seconds.
      return beganAt <= at && beganAt >= launchedAt - 1_000 ? beganAt : undefined;
    }
  }
}
