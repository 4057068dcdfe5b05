/** A kind of EBS volumes: all volumes of a kind cost the same. */
export interface Volume {
  /** As EC2 spells it, such as `gp3`; this version may not know it. */
  readonly type: string;
  readonly gib: number;
  /** Absent for types that have none. Of `gp2` they follow from the size. */
  readonly iops?: number;
  /** MiB a second; absent for types that have none. */
  readonly throughput?: number;
}
