/** An HTTP server that answers as Prometheus does, with what a test says at the moment. */
import { once } from 'node:events';
import { createServer } from 'node:http';

export interface FakeRule {
  readonly name?: string;
  readonly query?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly health?: string;
  /** How long ago it was evaluated, in milliseconds; null: never. */
  readonly evaluatedAgo?: number | null;
  readonly alerts?: readonly { readonly labels: Readonly<Record<string, string>>; readonly state?: string }[];
}

export interface FakePrometheus extends AsyncDisposable {
  readonly url: string;
  status: number;
  /** One page each. */
  pages: readonly (readonly FakeRule[])[];
  warnings: readonly string[];
  /** The labels of each expression's result; undefined: queries are not answered at all. */
  results: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> | undefined;
  /** As `results`, of questions about a moment that has gone by. */
  past: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;
  /** When it was reloaded; undefined: it does not say. */
  loadedAt: number | undefined;
  readonly asked: string[];
}

export async function startFakePrometheus(): Promise<FakePrometheus> {
  const fake: FakePrometheus = {
    url: '',
    status: 200,
    pages: [[]],
    warnings: [],
    results: {},
    past: {},
    loadedAt: undefined,
    asked: [],
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://prometheus');
    fake.asked.push(request.url ?? '');
    const data = fake.status === 200 ? answerTo(fake, url) : {};
    const body = { status: 'success', data, ...(fake.warnings.length === 0 ? {} : { warnings: fake.warnings }) };
    response
      .writeHead(data === undefined ? 404 : fake.status, { 'content-type': 'application/json' })
      .end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port');
  return Object.assign(fake, { url: `http://127.0.0.1:${address.port}` });
}

function answerTo(fake: FakePrometheus, url: URL): unknown {
  switch (url.pathname) {
    case '/api/v1/rules': {
      const page = Number(url.searchParams.get('group_next_token') ?? '0');
      const more = page + 1 < fake.pages.length ? { groupNextToken: String(page + 1) } : {};
      return { groups: [{ name: 'machines', interval: 15, rules: (fake.pages[page] ?? []).map(toRule) }], ...more };
    }
    case '/api/v1/query': {
      if (fake.results === undefined) return undefined;
      const known = url.searchParams.has('time') ? fake.past : fake.results;
      const found = known[url.searchParams.get('query') ?? ''] ?? [];
      return { resultType: 'vector', result: found.map((metric) => ({ metric, value: [0, '0'] })) };
    }
    case '/api/v1/status/runtimeinfo': {
      if (fake.loadedAt === undefined) return undefined;
      const at = new Date(fake.loadedAt).toISOString();
      return { startTime: '2020-01-01T00:00:00Z', lastConfigTime: at };
    }
    default:
      return undefined;
  }
}

function toRule(rule: FakeRule): object {
  const { evaluatedAgo = 1_000, alerts = [] } = rule;
  return {
    type: 'alerting',
    name: rule.name ?? 'GpuWanted',
    query: rule.query ?? 'jobs > 0',
    labels: rule.labels ?? { action: 'start', on_resolved: 'stop' },
    health: rule.health ?? 'ok',
    lastEvaluation: evaluatedAgo === null ? '0001-01-01T00:00:00Z' : new Date(Date.now() - evaluatedAgo).toISOString(),
    alerts: alerts.map(({ labels, state = 'firing' }) => ({ labels, state })),
  };
}
