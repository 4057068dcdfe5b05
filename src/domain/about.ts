/** An alert's text for people: kept with the operation, bounded, and never used for a decision. */

export interface AboutAlert {
  /** Those of `KEPT` that the alert has. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** The URL of the rule, without credentials. */
  readonly generatorUrl?: string;
}

/** Common annotations for people, in the order in which they are shown. */
const KEPT = [
  'summary',
  'description',
  'message',
  // The shipped rules write here what they looked at.
  'looked_at',
  'runbook_url',
  'runbook',
  'dashboard_url',
  'dashboard',
] as const;

const MAX_TEXT = 500;

/** A longer URL is left out, because a cut one would end within an expression. */
const MAX_URL = 4_000;

export function aboutAlert(
  annotations: Readonly<Record<string, unknown>>,
  { generatorURL, dashboardURL }: { readonly generatorURL?: unknown; readonly dashboardURL?: unknown },
): AboutAlert | undefined {
  const kept = KEPT.flatMap((name) => {
    // Grafana sends its dashboard beside the annotations.
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

/** Those that say what was observed, the most telling first. */
const TELLING = ['description', 'message', 'summary'] as const;

/** What the alert has observed, in its own words: for messages and pages. Undefined where it says nothing. */
export function observedBy(about: AboutAlert | undefined): string | undefined {
  const annotations = about?.annotations ?? {};
  const name = TELLING.find((each) => Object.hasOwn(annotations, each));
  return name === undefined ? undefined : annotations[name];
}

/** A URL may carry a password before its host. Only http URLs are of use to people. */
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
