/** StartInstances, StopInstances and RebootInstances: all machines of a call change, or none. */
import { THROTTLE_RULES } from '../buckets.ts';
import { refuseUnauthorized, takeRequestToken, takeResourceTokens, visibleTo, type AwsCall } from '../call.ts';
import { dryRunOperation, insufficientCapacity, missingParameter } from '../errors.ts';
import type { ChangeAction, SandboxMachine } from '../machine.ts';
import { flagParameter, listParameter, refuseUnknown } from '../query.ts';
import { reboot, start, stop } from '../transitions.ts';
import type { XmlTree } from '../xml.ts';
import { findInstances } from './instance-ids.ts';
import { stateXml } from './instance-xml.ts';

export function startInstances(call: AwsCall): XmlTree {
  const { world, effects } = call;
  return changeInstances(call, 'StartInstances', /^(InstanceId\.\d+|AdditionalInfo)$/, (machine) => {
    const started = start(machine, world.now(), world.timings, effects.bounce(machine.id));
    if (started !== machine && effects.lacksCapacity(machine.id))
      throw insufficientCapacity(machine.type, machine.zone);
    return started;
  });
}

export function stopInstances(call: AwsCall): XmlTree {
  const { world, query } = call;
  const parameters = /^(InstanceId\.\d+|Force|Hibernate|SkipOsShutdown)$/;
  return changeInstances(call, 'StopInstances', parameters, (machine) =>
    stop(machine, world.now(), world.timings, flagParameter(query, 'Hibernate')),
  );
}

export function rebootInstances(call: AwsCall): XmlTree {
  changeInstances(call, 'RebootInstances', /^InstanceId\.\d+$/, reboot);
  return { return: true };
}

/** Checks in EC2's order: throttling, parameters, ids, permission, dry run, state. */
function changeInstances(
  call: AwsCall,
  action: ChangeAction,
  parameters: RegExp,
  change: (machine: SandboxMachine) => SandboxMachine,
): XmlTree {
  const { world, query } = call;
  takeRequestToken(call, THROTTLE_RULES[action]);
  refuseUnknown(query, parameters);
  const ids = listParameter(query, 'InstanceId');
  if (ids.length === 0) throw missingParameter('InstanceId');
  const before = findInstances(ids, visibleTo(call));
  refuseUnauthorized(call, before);
  if (flagParameter(query, 'DryRun')) throw dryRunOperation();
  takeResourceTokens(call, THROTTLE_RULES[action], before.length);
  const changes = before.map((machine) => ({ before: machine, after: change(machine) }));
  world.put(
    changes.map(({ after }) => after),
    call.effects.lagMs,
  );
  return { instancesSet: changes.map(stateChangeXml) };
}

function stateChangeXml({ before, after }: Readonly<Record<'before' | 'after', SandboxMachine>>): XmlTree {
  return { instanceId: after.id, currentState: stateXml(after.state), previousState: stateXml(before.state) };
}
