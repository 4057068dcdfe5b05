import { ApiError, invalidParameterValue } from './errors.ts';
import { privateDnsName, publicDnsName, publicIp } from './address.ts';
import type { Machine, NetworkInterface } from './machine.ts';
import type { Filter } from './query.ts';

/**
 * Whether text matches a filter value. `*` is any run of characters, `?` none or one, `\` takes the next character
 * as it is; upper and lower case differ (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html).
 * Walks all possible matches at once, so that no pattern can make it slow.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let ends = new Set([0]);
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern.charAt(index);
    if (character === '*') ends = from(Math.min(...ends), text.length);
    else if (character === '?')
      ends = new Set([...ends].flatMap((end) => (end < text.length ? [end, end + 1] : [end])));
    else {
      if (character === '\\' && index + 1 < pattern.length) index += 1;
      const literal = pattern.charAt(index);
      ends = new Set([...ends].filter((end) => text.charAt(end) === literal).map((end) => end + 1));
    }
    if (ends.size === 0) return false;
  }
  return ends.has(text.length);
}

function from(first: number, last: number): Set<number> {
  return new Set(Array.from({ length: last - first + 1 }, (_, offset) => first + offset));
}

/** Every value of a machine that a filter may match, by filter name. */
const fields: Readonly<Record<string, (machine: Machine) => readonly string[]>> = {
  'instance-id': ({ id }) => [id],
  'instance-state-name': ({ state }) => [state],
  'instance-type': ({ type }) => [type],
  'instance-lifecycle': ({ market }) => (market === 'on-demand' ? [] : ['spot']),
  'vpc-id': ({ vpcId }) => [vpcId],
  // The primary addresses of all interfaces only; secondary addresses need the network-interface filter (API reference).
  'private-ip-address': ({ interfaces }) => interfaces.map(({ privateIp }) => privateIp),
  'ip-address': (machine) => present(publicIp(machine, machine.interfaces[0])),
  'private-dns-name': (machine) => [privateDnsName(machine)],
  'dns-name': (machine) => present(publicDnsName(machine)),
  'ipv6-address': ({ interfaces: [primary] }) => primary.ipv6.slice(0, 1),
  'network-interface.addresses.private-ip-address': ({ interfaces }) => interfaces.flatMap(privateAddresses),
  'network-interface.addresses.association.public-ip': (machine) =>
    machine.interfaces.flatMap((each) => present(publicIp(machine, each))),
  'network-interface.ipv6-addresses.ipv6-address': ({ interfaces }) => interfaces.flatMap(({ ipv6 }) => ipv6),
  'tag-key': ({ tags }) => Object.keys(tags),
};

function privateAddresses({ privateIp, secondaryIps }: NetworkInterface): readonly string[] {
  return [privateIp, ...secondaryIps];
}

function present(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}

function fieldOf(name: string): (machine: Machine) => readonly string[] {
  if (name.startsWith('tag:')) return ({ tags }) => present(new Map(Object.entries(tags)).get(name.slice(4)));
  const field = new Map(Object.entries(fields)).get(name);
  if (field === undefined) throw invalidParameterValue(`The filter '${name}' is invalid`);
  return field;
}

/** The characters that mean something in a filter value. */
const WILD = /[*?\\]/;

/** EC2's limit of filter values in one call, all filters together. */
const maxFilterValues = 200;

/** Checks the filters and gives the test that a machine must pass: every filter, by any of its values. */
export function compileFilters(filters: readonly Filter[]): (machine: Machine) => boolean {
  const count = filters.reduce((sum, { values }) => sum + values.length, 0);
  if (count > maxFilterValues) {
    const message = `The maximum number of filter values specified on a single call is ${maxFilterValues}`;
    throw new ApiError('FilterLimitExceeded', message);
  }
  const tests = filters.map(({ name, values }) => {
    const field = fieldOf(name);
    // Most values are plain, and a call may bring two hundred of them for every machine there is.
    const plain = new Set(values.filter((value) => !WILD.test(value)));
    const patterns = values.filter((value) => WILD.test(value));
    return (machine: Machine) =>
      field(machine).some((text) => plain.has(text) || patterns.some((pattern) => matchesWildcard(pattern, text)));
  });
  return (machine) => tests.every((test) => test(machine));
}
