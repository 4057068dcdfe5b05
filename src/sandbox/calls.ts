import type { Filter } from './query.ts';

/** One call that the sandbox was asked to make. */
export type SandboxCall = Readonly<{
  /** ms since the epoch, by the sandbox's clock. */
  at: number;
  action: string;
  service: string;
  region: string;
  /** Empty when the caller is not known. */
  account: string;
  instanceIds: readonly string[];
  filters: readonly Filter[];
  dryRun: boolean;
  requestId: string;
  /** Absent when the call succeeded. */
  errorCode?: string;
  /** Absent when the connection was reset instead of an answer. */
  status?: number;
}>;

/** What the sandbox remembers of its calls. */
export type CallLog = Readonly<{
  /** The latest calls, oldest first. */
  calls: readonly SandboxCall[];
  /** How many calls of each action there have been in all. */
  counts: ReadonlyMap<string, number>;
  add: (call: SandboxCall) => void;
}>;

/** Makes a log that keeps the last `keep` calls. */
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
