/** How long one replica has what it has claimed, if it does not renew its claim: after its death the others wait so long. */
export const CLAIM_MS = {
  /** Renewed three times before it would end. */
  operation: 30_000,
  /** Outlives the longest sending, whose outcome its owner writes. */
  notice: 75_000,
  /** With the time between two tries, the longest time without a watch. */
  watch: 90_000,
} as const;

/** Whatever is claimed for longer was claimed by a clock that was ahead. */
export const LONGEST_CLAIM_MS = Math.max(...Object.values(CLAIM_MS));
