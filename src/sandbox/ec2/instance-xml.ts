/** A machine as EC2 writes it. Element names are those of EC2's API model. */
import {
  attachedVolumes,
  STATE_CODES,
  SYSTEMS,
  type NetworkInterface,
  type SandboxMachine,
  type StateName,
} from '../machine.ts';
import type { XmlTree } from '../xml.ts';
import { privateDnsName, publicDnsName, publicIp } from './address.ts';

/** Every machine has a reservation of its own. */
export function reservationXml(machine: SandboxMachine): XmlTree {
  return {
    reservationId: `r-${hexOf(machine)}`,
    ownerId: machine.account,
    groupSet: [],
    instancesSet: [instanceXml(machine)],
  };
}

function instanceXml(machine: SandboxMachine): XmlTree {
  const terminated = machine.state === 'terminated';
  return {
    instanceId: machine.id,
    imageId: 'ami-0a1b2c3d4e5f60718',
    instanceState: stateXml(machine.state),
    privateDnsName: terminated ? '' : privateDnsName(machine),
    dnsName: publicDnsName(machine) ?? '',
    reason: machine.transitionReason,
    amiLaunchIndex: 0,
    productCodes: [],
    instanceType: machine.type,
    launchTime: xmlTime(machine.launchTime),
    placement: { availabilityZone: machine.zone, groupName: '', tenancy: machine.tenancy },
    monitoring: { state: 'disabled' },
    // A terminated machine has lost its place in the network.
    ...(terminated ? {} : placeXml(machine)),
    groupSet: terminated ? [] : [SECURITY_GROUP],
    stateReason: machine.stateReason === undefined ? undefined : { ...machine.stateReason },
    architecture: 'x86_64',
    ...billedXml(machine),
    rootDeviceType: machine.root === 'instance-store' ? 'instance-store' : 'ebs',
    rootDeviceName: '/dev/xvda',
    blockDeviceMapping: volumesXml(machine),
    virtualizationType: 'hvm',
    instanceLifecycle: lifecycleOf(machine),
    spotInstanceRequestId: machine.market === 'on-demand' ? undefined : spotRequestId(machine),
    clientToken: '',
    tagSet: Object.entries(machine.tags).map(([key, value]) => ({ key, value })),
    hypervisor: 'xen',
    networkInterfaceSet: terminated ? [] : machine.interfaces.map((each, index) => interfaceXml(machine, each, index)),
    ebsOptimized: false,
    enaSupport: true,
    hibernationOptions: { configured: machine.hibernation },
    operator: machine.operator === undefined ? { managed: false } : { managed: true, principal: machine.operator },
  };
}

/** A stopped machine is in no reservation: one that it targets keeps the capacity for it. */
function billedXml(machine: SandboxMachine): XmlTree {
  const { platform, usage } = SYSTEMS[machine.system];
  const isOn = machine.state === 'running' || machine.state === 'pending';
  return {
    platform: platform.startsWith('Windows') ? 'windows' : undefined,
    platformDetails: platform,
    usageOperation: usage,
    capacityReservationId: isOn ? machine.committed?.id : undefined,
  };
}

function lifecycleOf({ market, committed }: SandboxMachine): string | undefined {
  if (committed?.kind === 'capacity-block') return 'capacity-block';
  return market === 'on-demand' ? undefined : 'spot';
}

/** A state with its code. */
export function stateXml(name: StateName): XmlTree {
  return { code: STATE_CODES[name], name };
}

function hexOf({ id }: SandboxMachine): string {
  return id.slice(2);
}

/** The Spot request that a Spot machine came from. */
export function spotRequestId(machine: SandboxMachine): string {
  return `sir-${hexOf(machine).slice(0, 8)}`;
}

const SECURITY_GROUP = { groupId: 'sg-0a1b2c3d4e5f60718', groupName: 'gpu' } as const;

function placeXml(machine: SandboxMachine): XmlTree {
  const [primary] = machine.interfaces;
  return {
    subnetId: subnetOf(machine),
    vpcId: machine.vpcId,
    privateIpAddress: primary.privateIp,
    ipAddress: publicIp(machine, primary),
    sourceDestCheck: true,
    ipv6Address: primary.ipv6[0],
  };
}

function subnetOf({ vpcId }: SandboxMachine): string {
  return `subnet-${vpcId.slice('vpc-'.length)}`;
}

function volumesXml(machine: SandboxMachine): XmlTree[] {
  return attachedVolumes(machine).map(([deviceName, { id: volumeId }]) => ({
    deviceName,
    ebs: {
      volumeId,
      status: 'attached',
      attachTime: xmlTime(machine.interfaces[0].attachTime),
      deleteOnTermination: true,
    },
  }));
}

function interfaceXml(machine: SandboxMachine, each: NetworkInterface, index: number): XmlTree {
  const address = publicIp(machine, each);
  const association =
    address === undefined ? undefined : { publicIp: address, ipOwnerId: each.elastic ? machine.account : 'amazon' };
  return {
    networkInterfaceId: each.id,
    subnetId: subnetOf(machine),
    vpcId: machine.vpcId,
    description: '',
    ownerId: machine.account,
    status: 'in-use',
    privateIpAddress: each.privateIp,
    sourceDestCheck: true,
    groupSet: [SECURITY_GROUP],
    attachment: {
      attachmentId: `eni-attach-${each.id.slice('eni-'.length)}`,
      deviceIndex: index,
      status: 'attached',
      attachTime: xmlTime(each.attachTime),
      deleteOnTermination: index === 0,
    },
    association,
    privateIpAddressesSet: [
      { privateIpAddress: each.privateIp, primary: true, association },
      ...each.secondaryIps.map((privateIpAddress) => ({ privateIpAddress, primary: false })),
    ],
    ipv6AddressesSet: each.ipv6.map((ipv6Address, place) => ({ ipv6Address, isPrimaryIpv6: place === 0 })),
    interfaceType: 'interface',
  };
}

/** EC2 writes whole seconds, such as `2026-11-22T15:31:11.000Z`. @param ms since the epoch */
export function xmlTime(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString();
}
