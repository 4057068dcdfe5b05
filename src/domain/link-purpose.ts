/** The purposes of links in messages. A link serves one. */
export const LINK_PURPOSES = ['keep', 'wake', 'see', 'keep_now'] as const;
export type LinkPurpose = (typeof LINK_PURPOSES)[number];
