/** The tags by which the owner of a machine says what may be done with it. */
import type { Instance } from './instance.ts';

/**
 * EC2 tells `EC2-Operator` from `ec2-operator`, which its owner hardly does: without the key as it is written, one that differs in
 * case or in spaces around it counts. Several of them together are a value that nothing understands, so they protect the machine.
 */
export function ownTag(tags: Instance['tags'], key: string): string | undefined {
  if (Object.hasOwn(tags, key)) return tags[key];
  const wanted = key.toLowerCase();
  const alike = Object.entries(tags).filter(([name]) => name.trim().toLowerCase() === wanted);
  return alike.length === 0 ? undefined : alike.map(([, value]) => value).join(' or ');
}
