/**
 * Which instance types come with instance storage, read from the name: DescribeInstances does not say, and one more
 * permission for a warning would be a bad bargain.
 */

/** `g4dn.xlarge`: family `g`, generation 4, attributes `dn`. */
const TYPE = /^(?<family>[a-z]+)(?<generation>\d+)(?<attributes>[a-z0-9-]*)\./;

/**
 * Families and generations that have local disks without saying so by a `d` among their attributes. As of 2026-11, from the
 * "instance store volumes" tables of the EC2 instance type guides.
 */
const ALWAYS = new Set(
  'c1 c3 cc2 cr1 d2 d3 dl1 f1 f2 g2 g5 g6 gr6 g6f g6e g7e h1 hi1 hs1 i2 i3 i4 i7 i8 im4 is4 m1 m2 m3 p5 p6 r3 trn1 trn2 x1 z1'.split(
    ' ',
  ),
);
/** Of those, the ones that have none all the same. */
const NEVER = new Set(['g5g']);

export function hasScratchDisk(type: string): boolean {
  const { family, generation, attributes } = TYPE.exec(type)?.groups ?? {};
  if (family === undefined || generation === undefined || attributes === undefined) return false;
  const series = `${family}${generation}`;
  if (NEVER.has(`${series}${attributes}`)) return false;
  return attributes.includes('d') || ALWAYS.has(series) || ALWAYS.has(`${series}${attributes}`);
}
