/**
 * DescribeInstances answers as EC2 writes them, read into what `instance-shape.ts` parses. The SDK would read all of an
 * instance, several kilobytes of it, where this reads the few members that are asked for: that is a third of the processor
 * time which an alert costs (see ARCHITECTURE.md). Names and types are those of the SDK's own model, which a test compares.
 */
import { SaxesParser } from 'saxes';

/** What an element holds, and under which name the SDK and the `aws` command show it. */
export type Shape = 'text' | 'number' | 'boolean' | { readonly items: Shape } | Members;
interface Members {
  readonly members: Readonly<Record<string, readonly [name: string, shape: Shape]>>;
}

const ASSOCIATION: Members = { members: { publicIp: ['PublicIp', 'text'] } };

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
    placement: ['Placement', { members: { availabilityZone: ['AvailabilityZone', 'text'] } }],
    vpcId: ['VpcId', 'text'],
    rootDeviceType: ['RootDeviceType', 'text'],
    tagSet: ['Tags', { items: { members: { key: ['Key', 'text'], value: ['Value', 'text'] } } }],
    stateReason: ['StateReason', { members: { code: ['Code', 'text'], message: ['Message', 'text'] } }],
    instanceLifecycle: ['InstanceLifecycle', 'text'],
    operator: ['Operator', { members: { managed: ['Managed', 'boolean'], principal: ['Principal', 'text'] } }],
    privateIpAddress: ['PrivateIpAddress', 'text'],
    ipAddress: ['PublicIpAddress', 'text'],
    ipv6Address: ['Ipv6Address', 'text'],
    networkInterfaceSet: ['NetworkInterfaces', { items: INTERFACE }],
  },
};

/** The whole answer. */
export const ANSWER: Members = {
  members: {
    nextToken: ['NextToken', 'text'],
    reservationSet: ['Reservations', { items: { members: { instancesSet: ['Instances', { items: INSTANCE }] } } }],
  },
};

/** An element that has been opened and not closed, if somebody asks for it. */
interface Open {
  readonly name: string;
  readonly shape: Shape;
  readonly value: Record<string, unknown> | unknown[];
  text: string;
}

/**
 * Reads an answer. Whoever may tag a machine must not be able to keep all that are shown together with it from being read: a
 * character that XML does not allow becomes U+FFFD, the one that stands for unknown ones. A number or a truth value that is
 * none is left as text, for the schema to refuse.
 *
 * @throws Error when the text is not one well-formed XML document, or an element that may be there once is there twice
 */
export function readDescribed(xml: string): unknown {
  try {
    return readStrictly(xml);
  } catch (error) {
    const tame = xml.replaceAll(ODD, replaceOdd);
    if (tame === xml) throw error;
    return readStrictly(tame);
  }
}

const ODD = /[\p{Cc}\ufffe\uffff]|&#(?:x([\da-f]+)|(\d+));/giu;

function replaceOdd(found: string, hex?: string, decimal?: string): string {
  const code = hex === undefined ? Number(decimal ?? found.codePointAt(0)) : Number(`0x${hex}`);
  return isCharacter(code) ? found : '\ufffd';
}

/** By XML 1.0 (w3.org/TR/xml, production 2). Halves of surrogate pairs are none. */
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x1_0000 && code <= 0x10_ffff);
}

function readStrictly(xml: string): unknown {
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
    // Nobody can tell which of the two is meant: with another id it would be another machine.
    else if (Object.hasOwn(parent.value, closed.name)) throw new Error(`${closed.name} is there twice`);
    else parent.value[closed.name] = value;
  });
  parser.write(xml).close();
  return root;
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
