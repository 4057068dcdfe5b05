/** Whether a machine is needed although the alert that has asked for it was resolved. */
export type Need =
  /** All that could be asked say that the need has ended. */
  | { readonly need: 'ended' }
  | { readonly need: 'yes'; readonly message: string }
  /** The alert may have ended for another reason than its condition, and no waiting changes that. */
  | { readonly need: 'unconfirmed'; readonly message: string }
  /** An answer is missing at this moment. */
  | { readonly need: 'unknown'; readonly message: string };

export const ENDED: Need = { need: 'ended' };

/** Every word against a stop counts, and the clearest of them is told. */
export function weighNeeds(needs: readonly Need[]): Need {
  const found = (['yes', 'unconfirmed', 'unknown'] as const)
    .map((kind) => needs.find(({ need }) => need === kind))
    .find((need) => need !== undefined);
  return found ?? ENDED;
}

/** What is known of a machine that labels may name. */
export interface NamedMachine {
  readonly id: string;
  /** Every address that EC2 shows for it. */
  readonly addresses: readonly string[];
  /** Its tag `Name`, by which alerts may name it. */
  readonly name?: string | undefined;
}

/** An alert that has asked to start a machine, and that nobody has said is over. */
export interface StandingAlert {
  readonly fingerprint: string;
  readonly alertname: string;
  /** When it last joined or opened an operation. */
  readonly seenAt: number;
}
