/** EC2's filters: the fields that they name, and how their values match. */
import { AwsError, invalidParameterValue } from '../errors.ts';
import type { NetworkInterface, SandboxMachine } from '../machine.ts';
import type { Filter } from '../query.ts';
import { privateDnsName, publicDnsName, publicIp } from './address.ts';

/**
 * Whether text matches a filter value: `*` stands for any characters, `?` for none or one, and `\` escapes the next
 * one. Case counts (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html).
 * Follows all possible matches at once, so that no pattern is slow.
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

/** The values of one field of a machine; a filter matches any of them. */
type Field = (machine: SandboxMachine) => readonly string[];

/** Finds the field that a filter names. @throws AwsError when there is no such filter */
type FieldOf = (name: string) => Field;

/** The fields that these filters name, and no others. */
export function fieldsOf(fields: Readonly<Record<string, Field>>): FieldOf {
  return (name) => {
    const field = new Map(Object.entries(fields)).get(name);
    if (field === undefined) throw invalidParameterValue(`The filter '${name}' is invalid`);
    return field;
  };
}

const instanceFields = fieldsOf({
  'instance-id': ({ id }) => [id],
  'instance-state-name': ({ state }) => [state],
  'instance-type': ({ type }) => [type],
  'instance-lifecycle': ({ market }) => (market === 'on-demand' ? [] : ['spot']),
  'vpc-id': ({ vpcId }) => [vpcId],
  // Only the primary address of each interface; secondary addresses need the network-interface filter (API reference).
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
});

const instanceField: FieldOf = (name) =>
  name.startsWith('tag:')
    ? ({ tags }) => present(new Map(Object.entries(tags)).get(name.slice('tag:'.length)))
    : instanceFields(name);

function privateAddresses({ privateIp, secondaryIps }: NetworkInterface): readonly string[] {
  return [privateIp, ...secondaryIps];
}

function present(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}

/** The special characters of filter values. */
const WILD = /[*?\\]/;

/** EC2's limit for all filters of a call together. */
const MAX_FILTER_VALUES = 200;

/** Makes a test that a machine passes if every filter matches. @throws AwsError for a filter that EC2 refuses */
export function compileFilters(
  filters: readonly Filter[],
  fieldOf: FieldOf = instanceField,
): (machine: SandboxMachine) => boolean {
  const count = filters.reduce((sum, { values }) => sum + values.length, 0);
  if (count > MAX_FILTER_VALUES) {
    const message = `The maximum number of filter values specified on a single call is ${MAX_FILTER_VALUES}`;
    throw new AwsError('FilterLimitExceeded', message);
  }
  const tests = filters.map(({ name, values }) => {
    const field = fieldOf(name);
    // Most values have no wildcard, and a call can compare two hundred of them with every machine.
    const plain = new Set(values.filter((value) => !WILD.test(value)));
    const patterns = values.filter((value) => WILD.test(value));
    return (machine: SandboxMachine) =>
      field(machine).some((text) => plain.has(text) || patterns.some((pattern) => matchesWildcard(pattern, text)));
  });
  return (machine) => tests.every((test) => test(machine));
}
