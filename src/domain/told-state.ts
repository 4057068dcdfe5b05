/** Why a machine is in its state, in one sentence. Pages, the API and the command line say the same. */
import type { InstanceState } from './instance.ts';
import type { StateCause } from './machine.ts';
import { plain } from './plain.ts';
import { tellHolder } from './voice.ts';

/** The words of the states: those of EC2, but for two that people would not use. */
export const STATE_WORDS: Readonly<Record<InstanceState, string>> = {
  pending: 'starting',
  running: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  'shutting-down': 'being terminated',
  terminated: 'terminated',
  unknown: 'in a state that this version does not know',
};

/** The words for a machine that comes into a state. */
const CAME: Readonly<Record<InstanceState, string>> = {
  pending: 'Started',
  running: 'Started',
  stopping: 'Stopped',
  stopped: 'Stopped',
  'shutting-down': 'Terminated',
  terminated: 'Terminated',
  unknown: 'Changed',
};

const MAX_WHO = 60;

/** `Stopped by alert UnusedGPU.` */
export function tellCame(state: InstanceState, why: StateCause): string {
  switch (why.by) {
    case 'alert':
      return `${CAME[state]} by alert ${plain(why.who, MAX_WHO) || 'without a name'}.`;
    case 'person':
      return `${CAME[state]} by ${plain(why.who, MAX_WHO) || 'a person'}.`;
    case 'lease':
      return `${CAME[state]}: the lease of ${plain(tellHolder(why), MAX_WHO) || 'a person'} was over.`;
    case 'outside':
      return tellOutside(state, why.detail);
    case 'before':
      return `It was ${STATE_WORDS[state]} already when ec2-operator saw it first.`;
  }
}

/** EC2's reasons for a state that no operation has caused. */
const OUTSIDE: Readonly<Record<string, string>> = {
  'Client.InstanceInitiatedShutdown': 'The machine was shut down from within.',
  'Client.InstanceInitiatedTerminate': 'The machine was terminated from within.',
  'Client.UserInitiatedHibernate': 'Hibernated outside ec2-operator, such as in the AWS console or by a tool.',
  'Server.SpotInstanceShutdown': 'AWS has stopped it, because it needed the Spot capacity.',
  'Server.SpotInstanceTermination': 'AWS has terminated it, because it needed the Spot capacity.',
  'Server.ScheduledStop': 'AWS has stopped it for a scheduled event.',
  'Server.InsufficientInstanceCapacity': 'AWS had no capacity for it.',
  'Server.InternalError': 'A fault of AWS has stopped it.',
  'Client.InternalError': 'It could not start: often a key of an encrypted disk cannot be used.',
  'Client.VolumeLimitExceeded': "It could not start: the account's limit of disks is reached.",
};

const MAX_DETAIL = 80;

function tellOutside(state: InstanceState, detail: string | undefined): string {
  const known = detail === undefined || !Object.hasOwn(OUTSIDE, detail) ? undefined : OUTSIDE[detail];
  if (known !== undefined) return known;
  const shown = detail === undefined || detail === 'Client.UserInitiatedShutdown' ? '' : plain(detail, MAX_DETAIL);
  const said = shown === '' ? '' : ` AWS says: ${shown}.`;
  return `${CAME[state]} outside ec2-operator, such as in the AWS console or by a tool.${said}`;
}
