/** A machine of the sandbox: an EC2 instance. */

/** EC2's instance states with the low byte of their codes (type InstanceState of its API). */
export const STATE_CODES = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const;

/** Name of an EC2 instance state. */
export type StateName = keyof typeof STATE_CODES;

/** The calls that change machines. */
export const CHANGE_ACTIONS = ['StartInstances', 'StopInstances', 'RebootInstances'] as const;

export type ChangeAction = (typeof CHANGE_ACTIONS)[number];

/** What EC2's status checks of a machine that runs come to. */
export const CHECK_STATUSES = ['ok', 'initializing', 'impaired', 'insufficient-data'] as const;
export type CheckStatus = (typeof CHECK_STATUSES)[number];

/** Operating systems with their licences, as EC2 names and codes them ("AMI billing information" in the EC2 user guide). */
export const SYSTEMS = {
  linux: { platform: 'Linux/UNIX', usage: 'RunInstances' },
  rhel: { platform: 'Red Hat Enterprise Linux', usage: 'RunInstances:0010' },
  suse: { platform: 'SUSE Linux', usage: 'RunInstances:000g' },
  windows: { platform: 'Windows', usage: 'RunInstances:0002' },
  'windows-sql': { platform: 'Windows with SQL Server Standard', usage: 'RunInstances:0006' },
} as const;
export type SystemName = keyof typeof SYSTEMS;
export const SYSTEM_NAMES: readonly SystemName[] = ['linux', 'rhel', 'suse', 'windows', 'windows-sql'];

/** A network interface. The first one of a machine is the primary one. */
export interface NetworkInterface {
  readonly id: string;
  readonly privateIp: string;
  readonly secondaryIps: readonly string[];
  readonly ipv6: readonly string[];
  readonly publicIp?: string;
  /** A stopped machine keeps an Elastic IP and loses any other public address. */
  readonly elastic: boolean;
  /** Milliseconds since the epoch; for the primary interface, the machine's first launch. */
  readonly attachTime: number;
}

/** An EBS volume. */
export interface AttachedVolume {
  readonly id: string;
  readonly type: VolumeType;
  readonly gib: number;
  readonly iops?: number;
  /** MiB a second. */
  readonly throughput?: number;
}

export const VOLUME_TYPES = ['gp3', 'gp2', 'io1', 'io2', 'st1', 'sc1', 'standard'] as const;
export type VolumeType = (typeof VOLUME_TYPES)[number];

/** The volumes of a machine as it is now, with the names of their devices. */
export function attachedVolumes({
  root,
  state,
  volumes: [first, ...others],
}: SandboxMachine): readonly (readonly [device: string, volume: AttachedVolume])[] {
  if (state === 'terminated') return [];
  const further = others.map((volume, index) => [`/dev/sd${'fghijklmnop'.charAt(index)}`, volume] as const);
  return root === 'ebs' ? [['/dev/xvda', first], ...further] : further;
}

/** EC2's StateReason: why a machine is in its state. */
export type StateReason = { readonly code: string; readonly message: string };

/** Immutable: every change makes a new value. Times are milliseconds since the epoch. */
export interface SandboxMachine {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly zone: string;
  readonly type: string;
  readonly vpcId: string;
  readonly interfaces: readonly [NetworkInterface, ...NetworkInterface[]];
  readonly tags: Readonly<Record<string, string>>;
  readonly system: SystemName;
  readonly tenancy: 'default' | 'dedicated' | 'host';
  /** Capacity that was bought for a time, in which the machine runs. */
  readonly committed?: { readonly kind: 'capacity-reservation' | 'capacity-block'; readonly id: string };
  /** That of its root, if that is on EBS, and others. */
  readonly volumes: readonly [root: AttachedVolume, ...others: AttachedVolume[]];
  readonly market: 'on-demand' | 'spot-one-time' | 'spot-persistent';
  /** A machine whose root volume is detached cannot start. */
  readonly root: 'ebs' | 'instance-store' | 'detached';
  /** ARN of the key that the root volume is encrypted with; absent when it is not encrypted. */
  readonly kmsKey?: string;
  /** EC2's attribute disableApiStop. */
  readonly stopProtected: boolean;
  readonly hibernation: boolean;
  /** Calls that answer UnauthorizedOperation for this machine. */
  readonly unauthorized: readonly ChangeAction[];
  /** Principal of the AWS service that manages the machine. */
  readonly operator?: string;
  readonly state: StateName;
  /** When `state` was reached. */
  readonly since: number;
  /** The end of the transition; absent without one. */
  readonly next?: { readonly state: StateName; readonly at: number; readonly reason?: StateReason };
  /** EC2's LaunchTime, which moves at every start. */
  readonly launchTime: number;
  /** Absent: they pass some time after the machine runs. */
  readonly checks?: CheckStatus;
  /** Whether the machine has ever been running. */
  readonly hasRun: boolean;
  readonly stateReason?: StateReason;
  /** EC2's StateTransitionReason; empty when there is none. */
  readonly transitionReason: string;
}
