/** What an alert says for people: kept with the operation, bounded, and never read for a decision about the machine. */

export interface AboutAlert {
  /** Those of `KEPT` that the alert has. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Where the rule can be looked at, without credentials. */
  readonly generatorUrl?: string;
}

/** Annotations that rules commonly have for people, and in this order they are shown. */
const KEPT = [
  'summary',
  'description',
  'message',
  // What the rule looked at: the shipped rules say it.
  'looked_at',
  'runbook_url',
  'runbook',
  'dashboard_url',
  'dashboard',
] as const;

const MAX_TEXT = 500;

/** A longer one would be cut in the middle of an expression: it is left out. */
const MAX_URL = 4_000;

/** @returns undefined when the alert says nothing of the kind */
export function aboutAlert(
  annotations: Readonly<Record<string, unknown>>,
  { generatorURL, dashboardURL }: { readonly generatorURL?: unknown; readonly dashboardURL?: unknown },
): AboutAlert | undefined {
  const kept = KEPT.flatMap((name) => {
    // Grafana has its dashboard beside the annotations.
    const beside = name === 'dashboard' ? dashboardURL : undefined;
    const text = keep(Object.hasOwn(annotations, name) ? annotations[name] : beside);
    return text === undefined ? [] : [[name, text] as const];
  });
  const url = typeof generatorURL === 'string' ? withoutCredentials(generatorURL) : undefined;
  if (kept.length === 0 && url === undefined) return undefined;
  return {
    ...(kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) }),
    ...(url === undefined ? {} : { generatorUrl: url }),
  };
}

function keep(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  if (/^\s*[a-z][a-z0-9+.-]*:\/\//i.test(value)) return withoutCredentials(value.trim());
  const text = value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}...` : value;
  return text.replaceAll(/\/\/[^\s/@]*@/g, '//');
}

/** A sender's URL may carry a password before its host; what is no http URL leads people nowhere. */
function withoutCredentials(text: string): string | undefined {
  const url = text.length > MAX_URL ? null : URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.username === '' && url.password === '') return text;
  url.username = '';
  url.password = '';
  return url.href;
}

/** The expression that Prometheus writes into the URL of its alerts, as `g0.expr`; the URL itself is never fetched. */
export function expressionOf(about: AboutAlert | undefined): string | undefined {
  const url = about?.generatorUrl === undefined ? null : URL.parse(about.generatorUrl);
  return url?.searchParams.get('g0.expr') ?? undefined;
}
