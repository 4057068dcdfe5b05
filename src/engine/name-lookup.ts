/** The question what addresses a name has, and its answer. */
export type NameLookup =
  | { readonly answer: 'addresses'; readonly addresses: readonly string[] }
  | { readonly answer: 'unknown' }
  /** The resolver could not say. */
  | { readonly answer: 'failed'; readonly message: string };

/** Looks up a name, lower case. One with a final dot is in DNS alone, and in no domain of a search list. */
export type LookUpName = (name: string) => Promise<NameLookup>;
