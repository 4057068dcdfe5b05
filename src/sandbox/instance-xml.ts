import { privateDnsName, publicDnsName, publicIp } from './address.ts';
import { stateXml } from './change.ts';
import type { Machine, NetworkInterface } from './machine.ts';
import type { XmlTree } from './xml.ts';

/** One machine as DescribeInstances shows it: a reservation of its own. Element names are those of EC2's API model. */
export function reservationXml(machine: Machine): XmlTree {
  return {
    reservationId: `r-${hexOf(machine)}`,
    ownerId: machine.account,
    groupSet: [],
    instancesSet: [instanceXml(machine)],
  };
}

function instanceXml(machine: Machine): XmlTree {
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
    launchTime: time(machine.launchTime),
    placement: { availabilityZone: machine.zone, groupName: '', tenancy: 'default' },
    monitoring: { state: 'disabled' },
    // A terminated machine has lost its place in the network.
    ...(terminated ? {} : placeXml(machine)),
    groupSet: terminated ? [] : [securityGroup],
    stateReason: machine.stateReason,
    architecture: 'x86_64',
    rootDeviceType: machine.root === 'instance-store' ? 'instance-store' : 'ebs',
    rootDeviceName: '/dev/xvda',
    blockDeviceMapping: machine.root === 'ebs' && !terminated ? [rootVolumeXml(machine)] : [],
    virtualizationType: 'hvm',
    instanceLifecycle: machine.market === 'on-demand' ? undefined : 'spot',
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

function hexOf({ id }: Machine): string {
  return id.slice(2);
}

/** The Spot request that the machine came from, if it is a Spot machine. */
export function spotRequestId(machine: Machine): string {
  return `sir-${hexOf(machine).slice(0, 8)}`;
}

/** The machine's one volume, if its root is on EBS. */
export function rootVolumeId(machine: Machine): string {
  return `vol-${hexOf(machine)}`;
}

const securityGroup = { groupId: 'sg-0a1b2c3d4e5f60718', groupName: 'gpu' } as const;

function placeXml(machine: Machine): XmlTree {
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

function subnetOf({ vpcId }: Machine): string {
  return `subnet-${vpcId.slice('vpc-'.length)}`;
}

function rootVolumeXml(machine: Machine): XmlTree {
  return {
    deviceName: '/dev/xvda',
    ebs: {
      volumeId: rootVolumeId(machine),
      status: 'attached',
      attachTime: time(machine.interfaces[0].attachTime),
      deleteOnTermination: true,
    },
  };
}

function interfaceXml(machine: Machine, each: NetworkInterface, index: number): XmlTree {
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
    groupSet: [securityGroup],
    attachment: {
      attachmentId: `eni-attach-${each.id.slice('eni-'.length)}`,
      deviceIndex: index,
      status: 'attached',
      attachTime: time(each.attachTime),
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

/** EC2 writes times to the second: `2026-11-22T15:31:11.000Z`. */
export function time(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString();
}
