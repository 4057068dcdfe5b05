/** The addresses of a name. */
export type NameLookup =
  | { readonly answer: 'addresses'; readonly addresses: readonly string[] }
  | { readonly answer: 'unknown' }
  /** The resolver could not say. */
  | { readonly answer: 'failed'; readonly message: string };

/** Looks up a name in lower case. A name with a final dot is looked up in DNS only, without a search list. */
export type LookUpName = (name: string) => Promise<NameLookup>;
