/** Puts the courier together: the channels that are configured, and what their messages are made of. */
import { randomUUID } from 'node:crypto';
import { notesOnChannels } from './config/channel-notes.ts';
import type { Config } from './config/schema.ts';
import { messageOf } from './domain/message.ts';
import { isAboutMachine } from './domain/notice.ts';
import { leadsToProgram, mayReach } from './domain/telling.ts';
import { nextFree } from './domain/window.ts';
import { createDigestLook, keepDigests, type DigestParts } from './engine/keep-digests.ts';
import type { Links } from './links/links.ts';
import { startLoop } from './loop.ts';
import type { Channel, ChannelParts } from './notify/channel.ts';
import { createCourier, type Courier, type CourierParts } from './notify/deliver.ts';
import { createAddressesOf, createReadiness } from './notify/readiness.ts';
import type { Log } from './observe/log.ts';
import type { Observer } from './observe/observer.ts';
import type { TracedWork } from './observe/trace-work.ts';
import { digestTime, tellingSettings } from './settings.ts';

export interface OpenCourierParts extends Pick<CourierParts, 'clock'> {
  readonly store: CourierParts['store'] & DigestParts['store'];
  readonly batches: Parameters<typeof createReadiness>[0];
  readonly work: Pick<TracedWork, 'delivering'>;
  readonly log: Pick<Log, 'warn' | 'info'>;
  readonly observer: Pick<Observer, 'noticeTried' | 'fault'>;
  /** Signs links with the keys of this moment. Absent without a public URL. */
  readonly links?: Pick<Links, 'open'>;
}

export interface OpenedCourier extends Pick<Courier, 'tick'> {
  /** Sends by itself until it is disposed. */
  start(): AsyncDisposable;
}

/** How long a shutdown waits for channels, in milliseconds. */
const SHUTDOWN_MS = 3_000;

/** Nothing connects before there is a notice. The stack closes the channels. */
export function openCourier(config: Config, parts: OpenCourierParts, stack: AsyncDisposableStack): OpenedCourier {
  const { store, clock, observer, work, log, batches } = parts;
  for (const { note, remedy } of notesOnChannels(config)) log.warn(`${note}: ${remedy}`);
  const channels = openChannels(config, clock);
  const telling = tellingSettings(config);
  const programs = new Set(telling.channels.filter(leadsToProgram).map(({ name }) => name));
  stack.defer(async () => {
    await Promise.all([...channels.values()].map(async (channel) => channel.close?.()));
  });
  const courier = createCourier({
    store,
    channels,
    owner: randomUUID(),
    mayReach: (address) => mayReach(address, telling),
    leadsToProgram: (channel) => programs.has(channel),
    compose: composeBy(config, parts),
    readiness: createReadiness(batches, config.client),
    addressesOf: createAddressesOf(batches, config.client),
    delivering: work.delivering,
    clock,
    random: Math.random,
    onFault: observer.fault,
    onTried: ({ id, channel, news, thread }, { outcome, isHanded }, ms) => {
      observer.noticeTried({
        id,
        channel,
        kind: news.kind,
        outcome: outcome.outcome,
        isHanded,
        ms,
        ...('error' in outcome ? { error: outcome.error } : {}),
        ...(isAboutMachine(news) ? { operation: thread, instance: news.machine.id } : {}),
      });
    },
  });
  const digests = { store, telling, time: digestTime(config), capMs: config.savings.cap, clock, log, observer };
  const lookForDigests = createDigestLook(digests);
  return {
    tick: async () => {
      await lookForDigests();
      return courier.tick();
    },
    start: () => {
      courier.start();
      const writing = startLoop(async (signal) => keepDigests(digests, signal));
      return {
        [Symbol.asyncDispose]: async () => {
          await writing[Symbol.asyncDispose]();
          await courier.stop(SHUTDOWN_MS);
        },
      };
    },
  };
}

/** The channels by name. */
export function openChannels(config: Config, clock: ChannelParts['clock']): ReadonlyMap<string, Channel> {
  const { channels, holds, public_url: publicUrl, smtp, zone } = config;
  const parts = {
    clock,
    zone,
    longestHoldMs: holds.longest,
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(smtp === undefined ? {} : { smtp }),
  };
  return new Map(channels.map(({ name, openable }) => [name, openable.open(parts)]));
}

function composeBy(config: Config, { links }: Pick<OpenCourierParts, 'links'>): CourierParts['compose'] {
  const rules = new Map(tellingSettings(config).channels.map((rule) => [rule.name, rule]));
  const mayAct = new Set(config.channels.flatMap(({ name, openable }) => (openable.mayAct ? [name] : [])));
  return async ({ channel, subject, recipient }, news, now) => {
    const sign = await links?.open();
    const quietHours = rules.get(channel)?.quietHours ?? [];
    return messageOf(news, {
      zone: config.zone,
      now,
      isQuiet: (nextFree(quietHours, now) ?? now) > now,
      subject,
      ...(recipient === undefined ? {} : { recipient }),
      ...(sign === undefined ? {} : { linkTo: (about) => sign({ ...about, channel }) }),
      mayAct: mayAct.has(channel),
      ...(config.public_url === undefined ? {} : { publicUrl: config.public_url }),
    });
  };
}
