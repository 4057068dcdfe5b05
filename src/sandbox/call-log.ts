/** The log of the sandbox's calls. */
import type { Filter } from './query.ts';

export interface SandboxCall {
  /** Milliseconds since the epoch, by the sandbox's clock. */
  readonly at: number;
  readonly action: string;
  readonly service: string;
  readonly region: string;
  /** Empty when the caller is not known. */
  readonly account: string;
  readonly instanceIds: readonly string[];
  readonly filters: readonly Filter[];
  readonly dryRun: boolean;
  readonly requestId: string;
  /** Absent when the call succeeded. */
  readonly errorCode?: string;
  /** Absent when the connection was reset without an answer. */
  readonly status?: number;
}

export interface CallLog {
  /** The latest calls, oldest first. */
  readonly calls: readonly SandboxCall[];
  /** The number of calls since the start, by action. */
  readonly counts: ReadonlyMap<string, number>;
  readonly add: (call: SandboxCall) => void;
}

/** @param keep how many calls it holds; older ones are dropped */
export function createCallLog(keep: number): CallLog {
  const calls: SandboxCall[] = [];
  const counts = new Map<string, number>();
  return {
    calls,
    counts,
    add: (call) => {
      calls.push(call);
      if (calls.length > keep) calls.shift();
      counts.set(call.action, (counts.get(call.action) ?? 0) + 1);
    },
  };
}
