import { z } from 'zod';
import { ApiError, requestLimitExceeded, unauthorizedOperation } from './errors.ts';
import { changeActions, clientErrorOnLaunch, type StateReason } from './machine.ts';

const scope = {
  /** Action it is for; default every action that the kind fits. */
  action: z.string().optional(),
  /** Only calls to this region: one that is not enabled, or out of reach. */
  region: z.string().optional(),
  /** Only calls that name this instance id. */
  instance: z.string().optional(),
  /** How often it happens; default until the faults are cleared. */
  times: z.int().positive().optional(),
  /** Share of the calls that it hits; default all. */
  probability: z.number().min(0).max(1).optional(),
};
const startOnly = { ...scope, action: z.literal('StartInstances').optional() };
const changeOnly = { ...scope, action: z.enum(changeActions).optional() };
const ms = z.int().nonnegative();

/** A fault as tests and the control routes give it. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...scope, kind: z.literal('throttle') }),
  z.strictObject({ ...scope, kind: z.literal('unauthorized') }),
  z.strictObject({
    ...scope,
    kind: z.literal('error'),
    code: z.string().default('InternalError'),
    message: z.string().default('An internal error has occurred'),
    status: z.int().min(400).max(599).default(500),
  }),
  z.strictObject({ ...scope, kind: z.literal('slow'), ms }),
  // before: the call is not carried out; after: it is, but its answer is lost.
  z.strictObject({ ...scope, kind: z.literal('reset'), when: z.enum(['before', 'after']).default('before') }),
  // The call is carried out, and the answer is another program's page.
  z.strictObject({
    ...scope,
    kind: z.literal('garbled'),
    body: z.string().default('<html><body>Welcome</body></html>'),
  }),
  z.strictObject({ ...startOnly, kind: z.literal('capacity') }),
  // EC2 takes the start, then cannot decrypt the root volume: the machine falls back to stopped.
  z.strictObject({ ...startOnly, kind: z.literal('kms') }),
  // The same for another reason, by its StateReason code.
  z.strictObject({ ...startOnly, kind: z.literal('bounce'), code: z.string(), message: z.string().default('') }),
  // AWS's clock is so far ahead of ours (behind, where negative): signatures that are five minutes off are refused.
  z.strictObject({ ...scope, kind: z.literal('skew'), ms: z.int() }),
  // DescribeInstances shows the old state for so long after the change.
  z.strictObject({ ...changeOnly, kind: z.literal('lag'), ms }),
]);

/** Something that goes wrong on demand. */
export type Fault = z.input<typeof faultSchema>;
type ParsedFault = z.output<typeof faultSchema>;

/** What faults do to the carrying out of a call. */
export type Effects = Readonly<{
  /** Why the machine falls back to stopped after its start. */
  bounce: (id: string) => StateReason | undefined;
  lacksCapacity: (id: string) => boolean;
  lagMs: (id: string) => number;
}>;

/** All faults that hit one call. */
export type Hits = Readonly<{
  slowMs: number;
  /** How far AWS's clock is ahead of ours. */
  skewMs: number;
  error: ApiError | undefined;
  reset: 'before' | 'after' | undefined;
  /** What comes in place of EC2's answer. */
  garbled: string | undefined;
  effects: Effects;
}>;

/** The faults of a sandbox. */
export type Faults = Readonly<{
  /** Throws a ZodError when the fault is not one. */
  add: (fault: Fault) => void;
  clear: () => void;
}>;

/** Makes an empty set of faults. `random` (0 to below 1) decides where a fault has a probability. */
export function createFaults(random: () => number): Faults & {
  /** The faults that hit this call; those with `times` are used up by it. */
  readonly take: (action: string, ids: readonly string[], region?: string) => Hits;
} {
  let armed: { readonly fault: ParsedFault; left: number }[] = [];
  return {
    add: (fault) => {
      const parsed = faultSchema.parse(fault);
      armed.push({ fault: parsed, left: parsed.times ?? Number.POSITIVE_INFINITY });
    },
    clear: () => {
      armed = [];
    },
    take: (action, ids, region = '') => {
      const hits: ParsedFault[] = [];
      for (const entry of armed) {
        if (!fits(entry.fault, action, ids, region) || random() >= (entry.fault.probability ?? 1)) continue;
        entry.left -= 1;
        hits.push(entry.fault);
        // The call ends here, so it cannot use up a fault behind this one.
        if (endsCall(entry.fault)) break;
      }
      armed = armed.filter(({ left }) => left > 0);
      return combine(hits);
    },
  };
}

function fits(fault: ParsedFault, action: string, ids: readonly string[], region: string): boolean {
  if (fault.region !== undefined && fault.region !== region) return false;
  if (fault.action !== undefined && fault.action !== action) return false;
  if (fault.instance !== undefined && !ids.includes(fault.instance)) return false;
  if (fault.kind === 'capacity' || fault.kind === 'kms' || fault.kind === 'bounce') return action === 'StartInstances';
  if (fault.kind === 'lag') return changeActions.some((name) => name === action);
  return true;
}

function endsCall(fault: ParsedFault): boolean {
  return errorOf(fault) !== undefined || (fault.kind === 'reset' && fault.when === 'before');
}

function errorOf(fault: ParsedFault): ApiError | undefined {
  switch (fault.kind) {
    case 'throttle':
      return requestLimitExceeded();
    case 'unauthorized':
      return unauthorizedOperation();
    case 'error':
      return new ApiError(fault.code, fault.message, fault.status);
    case 'slow':
    case 'skew':
    case 'reset':
    case 'garbled':
    case 'capacity':
    case 'kms':
    case 'bounce':
    case 'lag':
      return undefined;
  }
}

function combine(hits: readonly ParsedFault[]): Hits {
  const of = (kind: ParsedFault['kind'], id: string): readonly ParsedFault[] =>
    hits.filter((fault) => fault.kind === kind && (fault.instance === undefined || fault.instance === id));
  return {
    slowMs: longest(hits.filter(({ kind }) => kind === 'slow')),
    skewMs: hits.reduce((sum, fault) => (fault.kind === 'skew' ? sum + fault.ms : sum), 0),
    error: hits.map(errorOf).find((error) => error !== undefined),
    reset: hits.find((fault) => fault.kind === 'reset')?.when,
    garbled: hits.find((fault) => fault.kind === 'garbled')?.body,
    effects: {
      bounce: (id) => [...of('bounce', id), ...of('kms', id)].map(stateReasonOf).at(0),
      lacksCapacity: (id) => of('capacity', id).length > 0,
      lagMs: (id) => longest(of('lag', id)),
    },
  };
}

function stateReasonOf(fault: ParsedFault): StateReason {
  if (fault.kind !== 'bounce') return clientErrorOnLaunch;
  return { code: fault.code, message: `${fault.code}: ${fault.message}` };
}

function longest(faults: readonly ParsedFault[]): number {
  return Math.max(0, ...faults.map((fault) => ('ms' in fault ? fault.ms : 0)));
}
