import { throttleRules } from './buckets.ts';
import { takeRequestToken, takeResourceTokens } from './call.ts';
import type { Call } from './call.ts';
import { dryRunOperation, insufficientCapacity, missingParameter, unauthorizedOperation } from './errors.ts';
import { findInstances } from './instance-ids.ts';
import { reboot, start, stateCodes, stop } from './machine.ts';
import type { ChangeAction, Machine, StateName } from './machine.ts';
import { flagParameter, listParameter, refuseUnknown } from './query.ts';
import type { XmlTree } from './xml.ts';

const parameters: Readonly<Record<ChangeAction, RegExp>> = {
  StartInstances: /^(InstanceId\.\d+|AdditionalInfo)$/,
  StopInstances: /^(InstanceId\.\d+|Force|Hibernate|SkipOsShutdown)$/,
  RebootInstances: /^InstanceId\.\d+$/,
};

/**
 * StartInstances, StopInstances or RebootInstances. All machines of the call change or none does; what can be wrong
 * is looked at in this order: throttling, parameters, ids, permission, dry run, state.
 */
export function changeInstances(action: ChangeAction, call: Call): XmlTree {
  const { world, caller, query } = call;
  takeRequestToken(call, throttleRules[action]);
  refuseUnknown(query, parameters[action]);
  const ids = listParameter(query, 'InstanceId');
  if (ids.length === 0) throw missingParameter('InstanceId');
  const before = findInstances(ids, world.visible(caller.account, caller.region));
  refuseUnauthorized(action, call, before);
  if (flagParameter(query, 'DryRun')) throw dryRunOperation();
  takeResourceTokens(call, throttleRules[action], before.length);
  const after = before.map((machine) => change(action, machine, call));
  world.put(after, call.effects.lagMs);
  if (action === 'RebootInstances') return { return: true };
  return { instancesSet: after.map((machine, index) => stateChange(machine, before[index])) };
}

function refuseUnauthorized(action: ChangeAction, { world, caller }: Call, machines: readonly Machine[]): void {
  const account = world.accounts.get(caller.account);
  const refused = account?.unauthorized.includes(action) === true;
  if (refused || machines.some(({ unauthorized }) => unauthorized.includes(action))) throw unauthorizedOperation();
}

function change(action: ChangeAction, machine: Machine, { world, query, effects }: Call): Machine {
  switch (action) {
    case 'StartInstances': {
      const started = start(machine, world.now(), world.timings, effects.bounce(machine.id));
      if (started !== machine && effects.lacksCapacity(machine.id)) {
        throw insufficientCapacity(machine.type, machine.zone);
      }
      return started;
    }
    case 'StopInstances':
      return stop(machine, world.now(), world.timings, { hibernate: flagParameter(query, 'Hibernate') });
    case 'RebootInstances':
      return reboot(machine);
  }
}

function stateChange(after: Machine, before: Machine = after): XmlTree {
  return { instanceId: after.id, currentState: stateXml(after.state), previousState: stateXml(before.state) };
}

/** A state as EC2 writes it: `<code>` and `<name>`. */
export function stateXml(name: StateName): XmlTree {
  return { code: stateCodes[name], name };
}
