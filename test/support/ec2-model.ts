/** The AWS SDK's own model of what DescribeInstances answers, in a form that tests can walk. */
import { DescribeInstancesResult$ } from '@aws-sdk/client-ec2';
import { z } from 'zod';

export type Model = (typeof SIMPLE)[keyof typeof SIMPLE] | ListModel | MembersModel;
interface ListModel {
  /** The XML element that an entry is in. */
  readonly element: string;
  readonly items: Model;
}
export interface MembersModel {
  readonly members: readonly MemberModel[];
}
export interface MemberModel {
  /** As the SDK names it. */
  readonly name: string;
  /** As the XML does. */
  readonly element: string;
  readonly model: Model;
}

const SIMPLE = { 0: 'text', 1: 'number', 2: 'boolean', 4: 'time' } as const;

/** Strict, because any other trait would change how the SDK reads the element. */
const traits = z.strictObject({ xmlName: z.string(), ec2QueryName: z.string().optional() });
const member = z.tuple([z.unknown(), traits]);
const simple = z.literal([0, 1, 2, 4]);
const list = z.tuple([z.literal(1), z.string(), z.string(), z.literal(0), member]);
const structure = z.tuple([z.literal(3), z.string(), z.string(), z.literal(0), z.array(z.string()), z.array(member)]);
const schema = z.union([simple, list, structure]);

/** The whole answer. */
export const MODEL = modelOf(DescribeInstancesResult$);

function modelOf(reference: unknown): Model {
  const parsed = schema.parse(typeof reference === 'function' ? (reference as () => unknown)() : reference);
  if (typeof parsed === 'number') return SIMPLE[parsed];
  if (parsed[0] === 1) {
    const [items, { xmlName }] = parsed[4];
    return { element: xmlName, items: modelOf(items) };
  }
  const [, , , , names, members] = parsed;
  return {
    members: members.map(([inner, { xmlName }], index) => ({
      name: z.string().parse(names[index]),
      element: xmlName,
      model: modelOf(inner),
    })),
  };
}
