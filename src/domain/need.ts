/** Whether a machine is still needed after its alert was resolved. */
export type Need =
  | { readonly need: 'ended' }
  | { readonly need: 'yes'; readonly message: string }
  /** The alert may have ended for another reason than its condition. Waiting does not change that. */
  | { readonly need: 'unconfirmed'; readonly message: string }
  /** An answer is missing at the moment. */
  | { readonly need: 'unknown'; readonly message: string };

export const ENDED: Need = { need: 'ended' };

/** Any objection prevents the stop, and the clearest one is reported. */
export function weighNeeds(needs: readonly Need[]): Need {
  const found = (['yes', 'unconfirmed', 'unknown'] as const)
    .map((kind) => needs.find(({ need }) => need === kind))
    .find((need) => need !== undefined);
  return found ?? ENDED;
}

export interface NamedMachine {
  readonly id: string;
  readonly addresses: readonly string[];
  /** Its tag `Name`, by which alerts may name it. */
  readonly name?: string | undefined;
}

/** An alert that asked to start a machine, and whose end was not received. */
export interface StandingAlert {
  readonly fingerprint: string;
  readonly alertname: string;
  /** When it last joined or opened an operation. */
  readonly seenAt: number;
}
