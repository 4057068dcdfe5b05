/** EC2's state machine: how a start, a stop and a reboot change a machine, and when EC2 refuses them. */
import { AwsError, invalidParameterValue } from './errors.ts';
import type { SandboxMachine, StateName, StateReason } from './machine.ts';

/** How long a start and a stop take, and the status checks of a machine after its start. */
export type Timings = { readonly startMs: number; readonly stopMs: number; readonly checksMs: number };

/** The machine at `now`: a transition that is due is complete. */
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

/** The machine in another state since `now`, without its transition and its old reason. */
export function forceState(machine: SandboxMachine, state: StateName, now: number): SandboxMachine {
  const { next: _next, stateReason: _reason, ...rest } = machine;
  return { ...rest, state, since: now, transitionReason: '', hasRun: rest.hasRun || state === 'running' };
}

/** EC2's StateReason after a start that failed to decrypt the root volume. */
export const CLIENT_ERROR_ON_LAUNCH: StateReason = {
  code: 'Client.InternalError',
  message: 'Client.InternalError: Client error on launch',
};

/**
 * StartInstances for one machine at `now`. A machine that already runs is returned unchanged.
 *
 * @param bounce why the machine falls back to stopped although EC2 accepts the call
 * @throws AwsError as EC2 answers it
 */
export function start(
  machine: SandboxMachine,
  now: number,
  timings: Pick<Timings, 'startMs'>,
  bounce?: StateReason,
): SandboxMachine {
  switch (machine.state) {
    case 'pending':
    case 'running':
      return machine;
    case 'stopping':
    case 'shutting-down':
    case 'terminated':
      throw incorrectState(`The instance '${machine.id}' is not in a state from which it can be started.`);
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

/**
 * StopInstances for one machine at `now`. A machine that is stopped or stopping is returned unchanged.
 *
 * @throws AwsError as EC2 answers it
 */
export function stop(
  machine: SandboxMachine,
  now: number,
  timings: Pick<Timings, 'stopMs'>,
  hibernate: boolean,
): SandboxMachine {
  switch (machine.state) {
    case 'stopping':
    case 'stopped':
      return machine;
    case 'shutting-down':
    case 'terminated':
      throw notStoppable(machine.id);
    case 'pending':
      if (machine.hasRun) throw notStoppable(machine.id);
      throw incorrectState(`Instance '${machine.id}' cannot be stopped as it has never reached the 'running' state.`);
    case 'running':
      refuseStop(machine, hibernate);
      return {
        ...machine,
        state: 'stopping',
        since: now,
        next: { state: 'stopped', at: now + timings.stopMs },
        stateReason: hibernate ? USER_INITIATED_HIBERNATE : USER_INITIATED_SHUTDOWN,
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
  return incorrectState(`This instance '${id}' is not in a state from which it can be stopped.`);
}

function incorrectState(message: string): AwsError {
  return new AwsError('IncorrectInstanceState', message);
}

function refuseStop(machine: SandboxMachine, hibernate: boolean): void {
  if (machine.root === 'instance-store') {
    throw new AwsError(
      'UnsupportedOperation',
      `The instance '${machine.id}' does not have an 'ebs' root device type and cannot be stopped`,
    );
  }
  if (machine.market === 'spot-one-time') {
    throw new AwsError(
      'UnsupportedOperation',
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
  if (hibernate && !machine.hibernation) {
    throw new AwsError(
      'UnsupportedHibernationConfiguration',
      `Stop with hibernation is not enabled for the instance '${machine.id}'.`,
    );
  }
}

/** RebootInstances for one machine: no state shows it. EC2 ignores a terminated machine. */
export function reboot(machine: SandboxMachine): SandboxMachine {
  if (machine.state === 'running' || machine.state === 'terminated') return machine;
  throw incorrectState(`The instance '${machine.id}' is not in the 'running' state.`);
}

/** The format of StateTransitionReason: `2026-11-22 15:31:11 GMT`. */
function ec2Time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} GMT`;
}
