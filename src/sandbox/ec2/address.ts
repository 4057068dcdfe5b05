/** The addresses and DNS names that EC2 gives a machine. */
import type { NetworkInterface, SandboxMachine } from '../machine.ts';

/** The name inside the VPC, in EC2's IP-based form. */
export function privateDnsName({ region, interfaces: [primary] }: SandboxMachine): string {
  const suffix = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
  return `ip-${primary.privateIp.replaceAll('.', '-')}.${suffix}`;
}

/**
 * The public address of an interface. A stopped machine loses its address, unless it is an Elastic IP.
 * (EC2 gives a new address at the next start; the sandbox gives the old one back.)
 */
export function publicIp(
  machine: SandboxMachine,
  { publicIp: address, elastic }: NetworkInterface,
): string | undefined {
  if (machine.state === 'terminated') return undefined;
  return machine.state === 'stopped' && !elastic ? undefined : address;
}

/** The name of the primary interface's public address; undefined without one. */
export function publicDnsName(machine: SandboxMachine): string | undefined {
  const address = publicIp(machine, machine.interfaces[0]);
  if (address === undefined) return undefined;
  const suffix = machine.region === 'us-east-1' ? 'compute-1' : `${machine.region}.compute`;
  return `ec2-${address.replaceAll('.', '-')}.${suffix}.amazonaws.com`;
}
