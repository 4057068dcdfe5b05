import type { Machine, NetworkInterface } from './machine.ts';

/** The DNS name EC2 gives an address inside the VPC (IP-based naming). */
export function privateDnsName({ region, interfaces: [primary] }: Machine): string {
  const suffix = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
  return `ip-${primary.privateIp.replaceAll('.', '-')}.${suffix}`;
}

/**
 * The public address of an interface. A machine that is not in use has none, unless it is an Elastic IP.
 * (EC2 gives a new address at the next start; the sandbox gives the same one back.)
 */
export function publicIp(machine: Machine, { publicIp: address, elastic }: NetworkInterface): string | undefined {
  if (machine.state === 'terminated') return undefined;
  return machine.state === 'stopped' && !elastic ? undefined : address;
}

/** The DNS name of the primary interface's public address; `undefined` without one. */
export function publicDnsName(machine: Machine): string | undefined {
  const address = publicIp(machine, machine.interfaces[0]);
  if (address === undefined) return undefined;
  const suffix = machine.region === 'us-east-1' ? 'compute-1' : `${machine.region}.compute`;
  return `ec2-${address.replaceAll('.', '-')}.${suffix}.amazonaws.com`;
}
