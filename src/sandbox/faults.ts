/** Faults that tests add, directly or through the control routes. */
import { z } from 'zod';
import { AwsError, requestLimitExceeded, unauthorizedOperation } from './errors.ts';
import { CHANGE_ACTIONS, CHECK_STATUSES, type CheckStatus, type StateReason } from './machine.ts';
import { CLIENT_ERROR_ON_LAUNCH } from './transitions.ts';

const SCOPE = {
  /** By default, every action that the kind fits. */
  action: z.string().optional(),
  /** Only calls to this region, as if it were unreachable. */
  region: z.string().optional(),
  /** Only calls that name this instance id. */
  instance: z.string().optional(),
  /** By default, until the faults are cleared. */
  times: z.int().positive().optional(),
  /** The share of calls that it hits; all by default. */
  probability: z.number().min(0).max(1).optional(),
};
const START_ONLY = { ...SCOPE, action: z.literal('StartInstances').optional() };
const CHANGE_ONLY = { ...SCOPE, action: z.enum(CHANGE_ACTIONS).optional() };
const ms = z.int().nonnegative();

export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...SCOPE, kind: z.literal('throttle') }),
  z.strictObject({ ...SCOPE, kind: z.literal('unauthorized') }),
  z.strictObject({
    ...SCOPE,
    kind: z.literal('error'),
    code: z.string().default('InternalError'),
    message: z.string().default('An internal error has occurred'),
    status: z.int().min(400).max(599).default(500),
  }),
  z.strictObject({ ...SCOPE, kind: z.literal('slow'), ms }),
  // Before: the call is not carried out. After: it is carried out, and its answer is lost.
  z.strictObject({ ...SCOPE, kind: z.literal('reset'), when: z.enum(['before', 'after']).default('before') }),
  // The call is carried out, but the answer is the page of another program.
  z.strictObject({
    ...SCOPE,
    kind: z.literal('garbled'),
    body: z.string().default('<html><body>Welcome</body></html>'),
  }),
  z.strictObject({ ...START_ONLY, kind: z.literal('capacity') }),
  // EC2 accepts the start but cannot decrypt the root volume, so the machine falls back to stopped.
  z.strictObject({ ...START_ONLY, kind: z.literal('kms') }),
  // The same with another StateReason.
  z.strictObject({ ...START_ONLY, kind: z.literal('bounce'), code: z.string(), message: z.string().default('') }),
  // What the status checks come to.
  z.strictObject({
    ...SCOPE,
    kind: z.literal('checks'),
    action: z.literal('DescribeInstanceStatus').optional(),
    status: z.enum(CHECK_STATUSES).default('impaired'),
  }),
  // How far AWS's clock is ahead of ours; signatures that are five minutes off are refused.
  z.strictObject({ ...SCOPE, kind: z.literal('skew'), ms: z.int() }),
  // How long DescribeInstances shows the old state after a change.
  z.strictObject({ ...CHANGE_ONLY, kind: z.literal('lag'), ms }),
]);

/** A fault as given by tests and control routes. */
export type Fault = z.input<typeof faultSchema>;
type ParsedFault = z.output<typeof faultSchema>;

/** How faults change a call that is carried out. */
export interface Effects {
  /** Why the machine falls back to stopped after its start; undefined when it does not. */
  readonly bounce: (id: string) => StateReason | undefined;
  readonly lacksCapacity: (id: string) => boolean;
  readonly lagMs: (id: string) => number;
  /** Undefined where the machine itself decides. */
  readonly checks: (id: string) => CheckStatus | undefined;
}

/** All faults that hit one call. */
export interface Hits {
  readonly slowMs: number;
  /** How far AWS's clock is ahead of ours. */
  readonly skewMs: number;
  readonly error: AwsError | undefined;
  readonly reset: 'before' | 'after' | undefined;
  /** The body that takes the place of the answer. */
  readonly garbled: string | undefined;
  readonly effects: Effects;
}

export interface Faults {
  /** @throws ZodError for an invalid fault */
  readonly add: (fault: Fault) => void;
  readonly clear: () => void;
}

/** Faults as calls use them. */
export interface ArmedFaults extends Faults {
  /** The faults that hit this call. It counts down their `times`. */
  readonly take: (action: string, ids: readonly string[], region?: string) => Hits;
}

/** @param random from 0 to below 1; decides about faults with a probability */
export function createFaults(random: () => number): ArmedFaults {
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
        // The call ends here, so later faults stay for other calls.
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
  if (fault.kind === 'checks') return action === 'DescribeInstanceStatus';
  if (fault.kind === 'lag') return CHANGE_ACTIONS.some((name) => name === action);
  return true;
}

function endsCall(fault: ParsedFault): boolean {
  return errorOf(fault) !== undefined || (fault.kind === 'reset' && fault.when === 'before');
}

function errorOf(fault: ParsedFault): AwsError | undefined {
  switch (fault.kind) {
    case 'throttle':
      return requestLimitExceeded();
    case 'unauthorized':
      return unauthorizedOperation();
    case 'error':
      return new AwsError(fault.code, fault.message, fault.status);
    case 'slow':
    case 'skew':
    case 'reset':
    case 'garbled':
    case 'capacity':
    case 'kms':
    case 'bounce':
    case 'checks':
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
      checks: (id) =>
        of('checks', id)
          .flatMap((fault) => (fault.kind === 'checks' ? [fault.status] : []))
          .at(0),
    },
  };
}

function stateReasonOf(fault: ParsedFault): StateReason {
  if (fault.kind !== 'bounce') return CLIENT_ERROR_ON_LAUNCH;
  return { code: fault.code, message: `${fault.code}: ${fault.message}` };
}

function longest(faults: readonly ParsedFault[]): number {
  return Math.max(0, ...faults.map((fault) => ('ms' in fault ? fault.ms : 0)));
}
