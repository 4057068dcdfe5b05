/**
 * Reads EC2's DescribeInstances XML into the form that `instance-shape.ts` parses. The SDK's parser reads several kilobytes per
 * instance, a third of an alert's CPU time (see ARCHITECTURE.md); this one reads only the members below. A test compares
 * names and types with the SDK's model.
 */
import { setImmediate } from 'node:timers/promises';
import { SaxesParser } from 'saxes';

/** The content of an element. A member also has the name that the SDK and the `aws` command use. */
export type Shape = 'text' | 'number' | 'boolean' | { readonly items: Shape } | Members;
interface Members {
  readonly members: Readonly<Record<string, readonly [name: string, shape: Shape]>>;
}

const ASSOCIATION: Members = { members: { publicIp: ['PublicIp', 'text'], ipOwnerId: ['IpOwnerId', 'text'] } };

const INTERFACE: Members = {
  members: {
    attachment: [
      'Attachment',
      { members: { deviceIndex: ['DeviceIndex', 'number'], networkCardIndex: ['NetworkCardIndex', 'number'] } },
    ],
    privateIpAddress: ['PrivateIpAddress', 'text'],
    privateIpAddressesSet: [
      'PrivateIpAddresses',
      {
        items: {
          members: {
            privateIpAddress: ['PrivateIpAddress', 'text'],
            primary: ['Primary', 'boolean'],
            association: ['Association', ASSOCIATION],
          },
        },
      },
    ],
    ipv6AddressesSet: ['Ipv6Addresses', { items: { members: { ipv6Address: ['Ipv6Address', 'text'] } } }],
    association: ['Association', ASSOCIATION],
  },
};

const INSTANCE: Members = {
  members: {
    instanceId: ['InstanceId', 'text'],
    instanceState: ['State', { members: { name: ['Name', 'text'] } }],
    launchTime: ['LaunchTime', 'text'],
    instanceType: ['InstanceType', 'text'],
    placement: [
      'Placement',
      { members: { availabilityZone: ['AvailabilityZone', 'text'], tenancy: ['Tenancy', 'text'] } },
    ],
    vpcId: ['VpcId', 'text'],
    rootDeviceType: ['RootDeviceType', 'text'],
    tagSet: ['Tags', { items: { members: { key: ['Key', 'text'], value: ['Value', 'text'] } } }],
    reason: ['StateTransitionReason', 'text'],
    stateReason: ['StateReason', { members: { code: ['Code', 'text'], message: ['Message', 'text'] } }],
    instanceLifecycle: ['InstanceLifecycle', 'text'],
    platform: ['Platform', 'text'],
    platformDetails: ['PlatformDetails', 'text'],
    usageOperation: ['UsageOperation', 'text'],
    capacityReservationId: ['CapacityReservationId', 'text'],
    operator: ['Operator', { members: { managed: ['Managed', 'boolean'], principal: ['Principal', 'text'] } }],
    privateIpAddress: ['PrivateIpAddress', 'text'],
    ipAddress: ['PublicIpAddress', 'text'],
    ipv6Address: ['Ipv6Address', 'text'],
    networkInterfaceSet: ['NetworkInterfaces', { items: INTERFACE }],
  },
};

export const ANSWER: Members = {
  members: {
    nextToken: ['NextToken', 'text'],
    reservationSet: [
      'Reservations',
      { items: { members: { ownerId: ['OwnerId', 'text'], instancesSet: ['Instances', { items: INSTANCE }] } } },
    ],
  },
};

/** An opened element that is part of the shape. */
interface Open {
  readonly name: string;
  readonly shape: Shape;
  readonly value: Record<string, unknown> | unknown[];
  text: string;
}

/**
 * Reads an answer. A character that XML does not allow becomes U+FFFD: otherwise one tag could make a whole page of machines
 * unreadable. A malformed number or boolean stays text, which the schema rejects.
 *
 * @throws Error if the text is not one well-formed XML document, or if a member occurs twice
 */
export function readDescribed(xml: string): unknown {
  try {
    return readStrictly(xml);
  } catch (error) {
    return readStrictly(tamed(xml, error));
  }
}

/** As `readDescribed`, with a pause after every few instances: a page of a thousand would hold up everything else. */
export async function readDescribedGently(xml: string): Promise<unknown> {
  try {
    return await readInSlices(xml);
  } catch (error) {
    return readInSlices(tamed(xml, error));
  }
}

/** @throws `error` where nothing can be replaced */
function tamed(xml: string, error: unknown): string {
  const tame = xml.replaceAll(ODD, replaceOdd);
  if (tame === xml) throw error;
  return tame;
}

const ODD = /[\p{Cc}\ufffe\uffff]|&#(?:x([\da-f]+)|(\d+));/giu;

function replaceOdd(found: string, hex?: string, decimal?: string): string {
  const code = hex === undefined ? Number(decimal ?? found.codePointAt(0)) : Number(`0x${hex}`);
  return isCharacter(code) ? found : '\ufffd';
}

/** By XML 1.0 (w3.org/TR/xml, production 2), which excludes halves of surrogate pairs. */
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x1_0000 && code <= 0x10_ffff);
}

function readStrictly(xml: string): unknown {
  const reader = createReader();
  reader.write(xml);
  return reader.end();
}

/** A slice takes about a millisecond. */
const SLICE = 32 * 1024;

async function readInSlices(xml: string): Promise<unknown> {
  const reader = createReader();
  for (let start = 0; start < xml.length; start += SLICE) {
    reader.write(xml.slice(start, start + SLICE));
    await setImmediate();
  }
  return reader.end();
}

interface Reader {
  readonly write: (xml: string) => void;
  readonly end: () => unknown;
}

function createReader(): Reader {
  const open: Open[] = [];
  let root: unknown;
  let left = 0;
  const parser = new SaxesParser();
  const hear = (text: string): void => {
    const top = open.at(-1);
    if (left === 0 && top !== undefined) top.text += text;
  };
  parser.on('text', hear);
  parser.on('cdata', hear);
  parser.on('opentag', ({ name: element }) => {
    const member = left > 0 ? undefined : find(open.at(-1), element);
    if (member === undefined) left += 1;
    else {
      const [name, shape] = member;
      open.push({ name, shape, value: typeof shape === 'object' && 'items' in shape ? [] : {}, text: '' });
    }
  });
  parser.on('closetag', () => {
    if (left > 0) {
      left -= 1;
      return;
    }
    const closed = open.pop();
    if (closed === undefined) return;
    const parent = open.at(-1);
    const value = valueOf(closed);
    if (parent === undefined) root = value;
    else if (Array.isArray(parent.value)) parent.value.push(value);
    // A second instance id would make it another machine.
    else if (Object.hasOwn(parent.value, closed.name)) throw new Error(`expected one ${closed.name}, got two`);
    else parent.value[closed.name] = value;
  });
  return {
    write: (xml) => {
      parser.write(xml);
    },
    end: () => {
      parser.close();
      return root;
    },
  };
}

function find(parent: Open | undefined, element: string): readonly [string, Shape] | undefined {
  if (parent === undefined) return ['', ANSWER];
  const { shape } = parent;
  if (typeof shape === 'string') return undefined;
  if ('items' in shape) return element === 'item' ? ['', shape.items] : undefined;
  return Object.hasOwn(shape.members, element) ? shape.members[element] : undefined;
}

function valueOf({ shape, text, value }: Open): unknown {
  switch (shape) {
    case 'text':
      return text;
    case 'number':
      return /^-?\d+$/.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' || text === 'false' ? text === 'true' : text;
    default:
      return value;
  }
}
