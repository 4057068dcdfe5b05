/** AWS's Pricing API. It throws `Ec2Error`, with AWS's code, as the calls to EC2 do. */
export interface Pricing {
  /** @returns dollars an hour; undefined where AWS lists no such machine, or more than one */
  ask(question: PriceQuestion): Promise<number | undefined>;
  /** Calls under way fail. */
  close(): void;
}

export interface PriceQuestion {
  /** Of a local zone, its group. */
  readonly region: string;
  readonly type: string;
  /** As EC2 shows it. */
  readonly usage: string;
  readonly tenancy: string;
}
