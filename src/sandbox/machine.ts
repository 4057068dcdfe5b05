import { incorrectInstanceState, invalidParameterValue, unsupportedOperation, ApiError } from './errors.ts';

/** EC2's instance states with the low byte of their codes (API type InstanceState). */
export const stateCodes = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const;

/** Name of an EC2 instance state. */
export type StateName = keyof typeof stateCodes;

/** Calls that change machines. */
export const changeActions = ['StartInstances', 'StopInstances', 'RebootInstances'] as const;

/** A call that changes machines. */
export type ChangeAction = (typeof changeActions)[number];

/** A network interface. The first of a machine is its primary one. */
export type NetworkInterface = Readonly<{
  id: string;
  privateIp: string;
  secondaryIps: readonly string[];
  ipv6: readonly string[];
  publicIp?: string;
  /** An Elastic IP stays while the machine is stopped; any other public address goes. */
  elastic: boolean;
  /** ms since the epoch; for the primary interface this is the machine's first launch. */
  attachTime: number;
}>;

/** Why a machine is in its state: EC2's StateReason. */
export type StateReason = Readonly<{ code: string; message: string }>;

/** A state that the machine will be in at `at` (ms since the epoch). */
type NextState = Readonly<{ state: StateName; at: number; reason?: StateReason }>;

/** One machine of the sandbox. Immutable: every change makes a new one. Times are ms since the epoch. */
export type Machine = Readonly<{
  id: string;
  account: string;
  region: string;
  zone: string;
  type: string;
  vpcId: string;
  interfaces: readonly [NetworkInterface, ...NetworkInterface[]];
  tags: Readonly<Record<string, string>>;
  market: 'on-demand' | 'spot-one-time' | 'spot-persistent';
  /** `detached`: the root volume has been taken off, such a machine cannot start. */
  root: 'ebs' | 'instance-store' | 'detached';
  /** ARN of the key that the root volume is encrypted with. Absent: it is not encrypted. */
  kmsKey?: string;
  /** Attribute disableApiStop. */
  stopProtected: boolean;
  hibernation: boolean;
  /** Calls that answer UnauthorizedOperation for this machine. */
  unauthorized: readonly ChangeAction[];
  /** Principal of the AWS service that manages the machine. */
  operator?: string;
  state: StateName;
  /** When the machine came into `state`. */
  since: number;
  /** Absent: the machine stays as it is. */
  next?: NextState;
  /** EC2's LaunchTime, which moves at every start. */
  launchTime: number;
  /** False until the machine has been running once. */
  hasRun: boolean;
  stateReason?: StateReason;
  /** EC2's StateTransitionReason; empty when there is none. */
  transitionReason: string;
}>;

/** How long the transitions take, in ms. */
export type Timings = Readonly<{ startMs: number; stopMs: number }>;

/** The machine as it is at `now`: a transition that is due has happened. */
export function settle(machine: Machine, now: number): Machine {
  const { next, ...rest } = machine;
  if (next === undefined || now < next.at) return machine;
  return {
    ...rest,
    state: next.state,
    since: next.at,
    hasRun: rest.hasRun || next.state === 'running',
    ...(next.reason === undefined ? {} : { stateReason: next.reason }),
  };
}

/** The machine in another state as of `now`, with no transition under way and no reason left from before. */
export function forceState(machine: Machine, state: StateName, now: number): Machine {
  const { next: _next, stateReason: _reason, ...rest } = machine;
  return { ...rest, state, since: now, transitionReason: '', hasRun: rest.hasRun || state === 'running' };
}

/** EC2's StateReason of a machine whose encrypted root volume could not be decrypted at start. */
export const clientErrorOnLaunch: StateReason = {
  code: 'Client.InternalError',
  message: 'Client.InternalError: Client error on launch',
};

/**
 * StartInstances for one settled machine: unchanged when it runs already, pending when it was stopped.
 * `bounce`: EC2 takes the call, but the machine falls back to stopped for this reason.
 * Throws the ApiError that EC2 answers with.
 */
export function start(machine: Machine, now: number, timings: Timings, bounce?: StateReason): Machine {
  switch (machine.state) {
    case 'pending':
    case 'running':
      return machine;
    case 'stopping':
    case 'shutting-down':
    case 'terminated':
      throw incorrectInstanceState(`The instance '${machine.id}' is not in a state from which it can be started.`);
    case 'stopped':
      refuseStart(machine);
      return {
        ...forceState(machine, 'pending', now),
        launchTime: now,
        next:
          bounce === undefined
            ? { state: 'running', at: now + timings.startMs }
            : { state: 'stopped', at: now + timings.startMs, reason: bounce },
      };
  }
}

function refuseStart(machine: Machine): void {
  if (machine.root === 'detached') {
    throw invalidParameterValue(
      `Invalid value '${machine.id}' for instanceId. Instance does not have a volume attached at root (/dev/xvda)`,
    );
  }
  if (machine.stateReason?.code === 'Server.SpotInstanceShutdown') {
    throw new ApiError(
      'IncorrectSpotRequestState',
      `You can't start the Spot Instance '${machine.id}'. Only Amazon EC2 can restart an interrupted stopped Spot Instance.`,
    );
  }
}

/** How StopInstances was called. */
export type StopOptions = Readonly<{ hibernate: boolean }>;

/**
 * StopInstances for one settled machine: unchanged when it is stopped or stopping, else stopping.
 * Throws the ApiError that EC2 answers with.
 */
export function stop(machine: Machine, now: number, timings: Timings, options: StopOptions): Machine {
  switch (machine.state) {
    case 'stopping':
    case 'stopped':
      return machine;
    case 'shutting-down':
    case 'terminated':
      throw notStoppable(machine.id);
    case 'pending':
      if (machine.hasRun) throw notStoppable(machine.id);
      throw incorrectInstanceState(
        `Instance '${machine.id}' cannot be stopped as it has never reached the 'running' state.`,
      );
    case 'running':
      refuseStop(machine, options);
      return {
        ...machine,
        state: 'stopping',
        since: now,
        next: { state: 'stopped', at: now + timings.stopMs },
        stateReason: options.hibernate ? userInitiatedHibernate : userInitiatedShutdown,
        transitionReason: `User initiated (${ec2Time(now)})`,
      };
  }
}

/** EC2's StateReason after StopInstances. */
export const userInitiatedShutdown: StateReason = {
  code: 'Client.UserInitiatedShutdown',
  message: 'Client.UserInitiatedShutdown: User initiated shutdown',
};

const userInitiatedHibernate: StateReason = {
  code: 'Client.UserInitiatedHibernate',
  message: 'Client.UserInitiatedHibernate: User initiated hibernate',
};

function notStoppable(id: string): ApiError {
  return incorrectInstanceState(`This instance '${id}' is not in a state from which it can be stopped.`);
}

function refuseStop(machine: Machine, options: StopOptions): void {
  if (machine.root === 'instance-store') {
    throw unsupportedOperation(
      `The instance '${machine.id}' does not have an 'ebs' root device type and cannot be stopped`,
    );
  }
  if (machine.market === 'spot-one-time') {
    throw unsupportedOperation(
      `You can't stop the Spot Instance '${machine.id}' because it is associated with a one-time Spot Instance ` +
        'request. You can only stop Spot Instances associated with persistent Spot Instance requests.',
    );
  }
  if (machine.stopProtected) {
    throw new ApiError(
      'OperationNotPermitted',
      `The instance '${machine.id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`,
    );
  }
  if (options.hibernate && !machine.hibernation) {
    throw new ApiError(
      'UnsupportedHibernationConfiguration',
      `Stop with hibernation is not enabled for the instance '${machine.id}'.`,
    );
  }
}

/** The machine's state after RebootInstances, which does not show in any state. A terminated machine is ignored. */
export function reboot(machine: Machine): Machine {
  if (machine.state === 'running' || machine.state === 'terminated') return machine;
  throw incorrectInstanceState(`The instance '${machine.id}' is not in the 'running' state.`);
}

/** A time as StateTransitionReason writes it: `2026-11-22 15:31:11 GMT`. */
function ec2Time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} GMT`;
}
