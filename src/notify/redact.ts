/** Vendors' answers are shown in errors, and some repeat the request with its secrets. */
const HIDDEN = '***';
/** Shorter parts of a path are words such as `webhooks`. */
const SHORTEST_SECRET = 6;

/** An error shows less. */
const LONGEST = 2_000;

/** A request whose address and headers are secrets. */
interface Secretive {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Without the request's path, query and token, and without links; the begin of a long text. */
export function redact(whole: string, { url, headers = {} }: Secretive): string {
  // Half of a secret would not be recognized.
  const text = whole.length > LONGEST ? whole.slice(0, LONGEST).replace(/\S+$/, '') : whole;
  const { pathname, searchParams } = new URL(url);
  const secrets = [
    pathname,
    ...pathname.split('/'),
    ...searchParams.values(),
    ...(headers['authorization']?.split(' ').slice(1) ?? []),
  ]
    .flatMap((part) => [part, decoded(part)])
    .filter((part) => part.length >= SHORTEST_SECRET)
    // A part of a longer one must not leave the rest of it.
    .toSorted((a, b) => b.length - a.length);
  return secrets
    .reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text)
    .replace(/https?:\\?\/\\?\/[^\s"'<>)]+/gi, HIDDEN)
    .replace(/(?=[\w.~+/=-]*\d)[\w.~+/=-]{24,}/g, HIDDEN)
    .trim();
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
