/** Reaches a port of a machine that may still be booting. */
import { once } from 'node:events';
import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { INSTANCE_ID } from '../domain/target.ts';

/** How long one attempt may take, in milliseconds: packets to a machine without a network yet are lost. */
const ATTEMPT_MS = 4_000;
/** The next address does not wait for the one before it. */
const STAGGER_MS = 250;
const PAUSE_MS = 500;

export interface ReachOptions {
  /** The machine as the person names it. */
  readonly target: string;
  /** The addresses of the machine as the server shows them; the first is preferred. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** When to give up: milliseconds since the epoch. */
  readonly until: number;
  readonly signal: AbortSignal;
  /** Told once, when the port does not answer at the first attempt. */
  readonly onWait?: (hosts: readonly string[]) => void;
}

/** @returns the connection, or the hosts that did not answer in time; none if no address is known */
export async function reach(options: ReachOptions): Promise<Socket | { readonly silent: readonly string[] }> {
  const { port, until, signal, onWait } = options;
  for (let round = 0; ; round += 1) {
    // Looked up again each time: a name may follow an address that changes at every start.
    const hosts = await hostsOf(options);
    const socket = await connectToFirst(hosts, port, signal);
    signal.throwIfAborted();
    if (socket !== undefined) return socket;
    if (hosts.length === 0 || Date.now() + PAUSE_MS > until) return { silent: hosts };
    if (round === 0) onWait?.(hosts);
    await setTimeout(PAUSE_MS, undefined, { signal });
  }
}

/** The person's own word comes first: it may lead through a VPN or a tunnel that EC2 knows nothing of. */
async function hostsOf({ target, addresses }: ReachOptions): Promise<readonly string[]> {
  if (isIP(target) !== 0) return [target];
  if (INSTANCE_ID.test(target)) return addresses;
  return (await isResolvable(target)) ? [target] : addresses;
}

async function isResolvable(name: string): Promise<boolean> {
  try {
    await lookup(name);
    return true;
  } catch {
    return false;
  }
}

/** Tries the hosts a moment apart, and takes the first that answers. */
async function connectToFirst(
  hosts: readonly string[],
  port: number,
  signal: AbortSignal,
): Promise<Socket | undefined> {
  let first: Socket | undefined;
  const decided = new AbortController();
  const over = AbortSignal.any([signal, decided.signal]);
  const attempts = hosts.map(async (host, index) => {
    if (index > 0) await setTimeout(index * STAGGER_MS, undefined, { signal: over });
    const socket = await connectTo(host, port, over);
    if (first !== undefined) socket.destroy();
    first ??= socket;
    decided.abort();
  });
  await Promise.allSettled(attempts);
  return first;
}

/** @throws Error of the connection; the reason of the signal */
async function connectTo(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true, keepAlive: true });
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]) });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
