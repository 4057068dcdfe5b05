/** How the state of a machine changes: what EC2 does for a start, a stop and a reboot, and when it refuses them. */
import { incorrectInstanceState, invalidParameterValue, unsupportedOperation, AwsError } from './errors.ts';
import type { SandboxMachine, StateName, StateReason } from './machine.ts';

/** How long a start and a stop take, in milliseconds. */
export interface Timings {
  readonly startMs: number;
  readonly stopMs: number;
}

/** The machine as it is at `now`, with a transition that is due completed. */
export function advance(machine: SandboxMachine, now: number): SandboxMachine {
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

/** The machine in another state since `now`, without a transition under way and without the reason of the old state. */
export function forceState(machine: SandboxMachine, state: StateName, now: number): SandboxMachine {
  const { next: _next, stateReason: _reason, ...rest } = machine;
  return { ...rest, state, since: now, transitionReason: '', hasRun: rest.hasRun || state === 'running' };
}

/** EC2's StateReason after a start that could not decrypt the root volume. */
export const CLIENT_ERROR_ON_LAUNCH: StateReason = {
  code: 'Client.InternalError',
  message: 'Client.InternalError: Client error on launch',
};

/**
 * StartInstances for one machine as it is at `now`. A machine that runs already is returned unchanged.
 *
 * @param bounce why the machine falls back to stopped although EC2 accepts the call
 * @throws AwsError as EC2 answers it
 */
export function start(machine: SandboxMachine, now: number, timings: Timings, bounce?: StateReason): SandboxMachine {
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

function refuseStart(machine: SandboxMachine): void {
  if (machine.root === 'detached') {
    throw invalidParameterValue(
      `Invalid value '${machine.id}' for instanceId. Instance does not have a volume attached at root (/dev/xvda)`,
    );
  }
  if (machine.stateReason?.code === 'Server.SpotInstanceShutdown') {
    throw new AwsError(
      'IncorrectSpotRequestState',
      `You can't start the Spot Instance '${machine.id}'. Only Amazon EC2 can restart an interrupted stopped Spot Instance.`,
    );
  }
}

interface StopOptions {
  readonly hibernate: boolean;
}

/**
 * StopInstances for one machine as it is at `now`. A machine that is stopped or stopping is returned unchanged.
 *
 * @throws AwsError as EC2 answers it
 */
export function stop(machine: SandboxMachine, now: number, timings: Timings, options: StopOptions): SandboxMachine {
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
        stateReason: options.hibernate ? USER_INITIATED_HIBERNATE : USER_INITIATED_SHUTDOWN,
        transitionReason: `User initiated (${ec2Time(now)})`,
      };
  }
}

/** EC2's StateReason after StopInstances. */
export const USER_INITIATED_SHUTDOWN: StateReason = {
  code: 'Client.UserInitiatedShutdown',
  message: 'Client.UserInitiatedShutdown: User initiated shutdown',
};

const USER_INITIATED_HIBERNATE: StateReason = {
  code: 'Client.UserInitiatedHibernate',
  message: 'Client.UserInitiatedHibernate: User initiated hibernate',
};

function notStoppable(id: string): AwsError {
  return incorrectInstanceState(`This instance '${id}' is not in a state from which it can be stopped.`);
}

function refuseStop(machine: SandboxMachine, options: StopOptions): void {
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
    throw new AwsError(
      'OperationNotPermitted',
      `The instance '${machine.id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`,
    );
  }
  if (options.hibernate && !machine.hibernation) {
    throw new AwsError(
      'UnsupportedHibernationConfiguration',
      `Stop with hibernation is not enabled for the instance '${machine.id}'.`,
    );
  }
}

/** RebootInstances for one machine: no state shows it. EC2 ignores a terminated machine. */
export function reboot(machine: SandboxMachine): SandboxMachine {
  if (machine.state === 'running' || machine.state === 'terminated') return machine;
  throw incorrectInstanceState(`The instance '${machine.id}' is not in the 'running' state.`);
}

/** A time as StateTransitionReason writes it: `2026-11-22 15:31:11 GMT`. */
function ec2Time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} GMT`;
}
