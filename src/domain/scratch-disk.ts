/** Instance types with instance storage, by name: DescribeInstances does not show it, and a warning is not worth a permission. */

/** `g4dn.xlarge`: family `g`, generation 4, attributes `dn`. */
const TYPE = /^(?<family>[a-z]+)(?<generation>\d+)(?<attributes>[a-z0-9-]*)\./;

/** Series with local disks but no `d` in their name (EC2 instance type guides, "instance store volumes", 2026-11). */
const ALWAYS = new Set(
  'c1 c3 cc2 cr1 d2 d3 dl1 f1 f2 g2 g5 g6 gr6 g6f g6e g7e h1 hi1 hs1 i2 i3 i4 i7 i8 im4 is4 m1 m2 m3 p5 p6 r3 trn1 trn2 x1 z1'.split(
    ' ',
  ),
);
/** Exceptions within these series. */
const NEVER = new Set(['g5g']);

export function hasScratchDisk(type: string): boolean {
  const { family, generation, attributes } = TYPE.exec(type)?.groups ?? {};
  if (family === undefined || generation === undefined || attributes === undefined) return false;
  const series = `${family}${generation}`;
  if (NEVER.has(`${series}${attributes}`)) return false;
  return attributes.includes('d') || ALWAYS.has(series) || ALWAYS.has(`${series}${attributes}`);
}
