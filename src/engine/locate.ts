/** Finds the machine that a person names, while the person waits. */
import { setTimeout as delay } from 'node:timers/promises';
import { isGone, type Instance } from '../domain/instance.ts';
import type { Client } from '../domain/intent.ts';
import type { RefusedReason } from '../domain/reason.ts';
import type { Target } from '../domain/target.ts';
import { Ec2Error } from '../ec2/port.ts';
import { tellError } from '../ec2/remedies.ts';
import { describeInstance } from '../domain/instance.ts';
import { resolve, type ResolveParts } from './resolve.ts';

export interface Named {
  readonly target: Target;
  readonly region?: string;
  readonly account?: string;
}

export type Located =
  | { readonly located: 'machine'; readonly instance: Instance }
  | { readonly located: 'refused'; readonly reason: RefusedReason; readonly message: string }
  /** EC2 or the resolver could not say in time. */
  | { readonly located: 'unknown'; readonly message: string };

export type Locate = (named: Named) => Promise<Located>;

/** A person waits for the answer; an operation would try again later. */
const LOCATE_TIMEOUT_MS = 5_000;

interface LocateParts extends ResolveParts {
  readonly client: Client;
  readonly clock: () => number;
}

export function createLocate(parts: LocateParts): Locate {
  return async (named) => {
    const timer = new AbortController();
    const { signal } = timer;
    const message = `EC2 and the resolver gave no answer within ${LOCATE_TIMEOUT_MS / 1_000} s`;
    const late: Located = { located: 'unknown', message };
    const timeout = delay(LOCATE_TIMEOUT_MS, late, { signal, ref: false }).catch(() => late);
    try {
      return await Promise.race([look(parts, named), timeout]);
    } finally {
      timer.abort();
    }
  };
}

async function look(parts: LocateParts, { target, region, account }: Named): Promise<Located> {
  // People may name a machine by its tag, whatever they want of it.
  const cause = { by: 'person', name: '', beganAt: parts.clock() } as const;
  const place = { ...(region === undefined ? {} : { region }), ...(account === undefined ? {} : { account }) };
  try {
    const found = await resolve(parts, {
      verb: 'stop',
      client: parts.client,
      dryRun: true,
      target,
      ...place,
      cause,
    });
    if (found.resolution === 'refused') return { located: 'refused', reason: found.reason, message: found.message };
    if (found.resolution === 'waiting') return { located: 'unknown', message: found.message };
    if (isGone(found.instance))
      return {
        located: 'refused',
        reason: 'terminated',
        message: `${describeInstance(found.instance)} is ${found.instance.state}`,
      };
    return { located: 'machine', instance: found.instance };
  } catch (error) {
    if (error instanceof Ec2Error) return { located: 'unknown', message: tellError(error) };
    throw error;
  }
}
