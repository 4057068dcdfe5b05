import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasScratchDisk } from './scratch-disk.ts';

const WITH = `
  c1.medium c3.large c5d.large c5ad.xlarge c6id.large c6gd.metal c7gd.medium c8gd.48xlarge d2.xlarge d3.xlarge d3en.large
  dl1.24xlarge f1.2xlarge f2.6xlarge g2.2xlarge g4dn.xlarge g4dn.metal g4ad.4xlarge g5.xlarge g5.48xlarge g6.xlarge
  g6e.48xlarge g6f.xlarge g7e.2xlarge gr6.4xlarge gr6f.4xlarge h1.2xlarge hpc6id.32xlarge i2.xlarge i3.large i3.metal i3en.24xlarge i4g.large i4i.32xlarge
  i7i.large i7ie.48xlarge i8g.large i8ge.large im4gn.large is4gen.medium m1.small m2.xlarge m3.medium m5d.large
  m5ad.large m5dn.24xlarge m6gd.medium m6id.large m6idn.32xlarge m7gd.large m8gd.large p3dn.24xlarge p4d.24xlarge
  p4de.24xlarge p5.48xlarge p5e.48xlarge p5en.48xlarge p6-b200.48xlarge p6e-gb200.36xlarge r3.large r5d.large
  r5ad.large r5dn.large r6gd.medium r6id.large r6idn.large r7gd.large r8gd.large trn1.2xlarge trn1n.32xlarge
  trn2.48xlarge x1.16xlarge x1e.xlarge x2gd.medium x2idn.16xlarge x2iedn.xlarge z1d.large
`;

const WITHOUT = `
  a1.medium c4.large c5.large c5a.large c5n.18xlarge c6i.large c6g.medium c7i-flex.large dl2q.24xlarge g3.4xlarge
  g3s.xlarge g5g.xlarge g5g.metal hpc6a.48xlarge hpc7g.4xlarge inf1.xlarge inf2.48xlarge m4.large m5.large m5zn.large
  m6a.large m7i-flex.large mac1.metal mac2-m2pro.metal mac2-m1ultra.metal p2.xlarge p3.2xlarge p3.16xlarge r4.large
  r5b.large r6i.metal r8g.large t1.micro t2.micro t3.nano t3a.small t4g.medium u-6tb1.metal u-12tb1.112xlarge
  u7i-12tb.224xlarge u7in-32tb.224xlarge vt1.3xlarge x2iezn.2xlarge x8g.large
`;

function names(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

test('types that come with instance storage, of every family that has any', () => {
  assert.deepEqual(
    names(WITH).filter((type) => !hasScratchDisk(type)),
    [],
  );
});

test('types that do not', () => {
  assert.deepEqual(
    names(WITHOUT).filter((type) => hasScratchDisk(type)),
    [],
  );
});

test('what is no type at all has none', () => {
  for (const text of ['', '.', 'g5', 'd', 'metal', 'g.xlarge', '5d.large', 'G5.xlarge', `${'a'.repeat(10_000)}1`])
    assert.equal(hasScratchDisk(text), false, text.slice(0, 20));
});
