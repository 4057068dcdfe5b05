/** The first spans of a trace: a request is received, and an operation is carried. */
import { isAboutMachine, type Notice } from '../domain/notice.ts';
import type { OpenOperation } from '../domain/operation.ts';
import type { AnsweredDelivery } from '../domain/receipt.ts';
import { NO_TRACER, type Tracer } from './trace.ts';

/** The most operations whose request is remembered; others begin a trace of their own. */
const MAX_ORIGINS = 10_000;

export interface TracedWork {
  /** Answers requests for operations within a span, under the sender's span if the request names it (W3C Trace Context). */
  readonly receiving: <E>(
    answer: (request: Request, env: E) => Response | Promise<Response>,
  ) => (request: Request, env: E) => Response | Promise<Response>;
  /** Remembers the current span, that of the request, for each operation of the delivery. */
  readonly answered: (delivery: Pick<AnsweredDelivery, 'receipts'>) => void;
  /** Carries an operation within a span, under its last request. */
  readonly carrying: (operation: OpenOperation, carry: () => Promise<void>) => Promise<void>;
  /** Sends a notice within a span, under the last request of its operation. */
  readonly delivering: <T extends { readonly outcome: { readonly outcome: string } }>(
    notice: Pick<Notice, 'id' | 'channel' | 'thread' | 'attempts' | 'news'>,
    send: () => Promise<T>,
  ) => Promise<T>;
}

/** @param paths the routes that ask for operations: only these name spans, because a path from outside must not become a name */
export function traceWork(tracer: Tracer, paths: ReadonlySet<string>): TracedWork {
  if (tracer === NO_TRACER) {
    return {
      receiving: (answer) => answer,
      answered: () => undefined,
      carrying: async (_operation, carry) => carry(),
      delivering: async (_notice, send) => send(),
    };
  }
  const origins = new Map<string, string>();
  const remember = (operation: string, traceparent: string): void => {
    origins.delete(operation);
    origins.set(operation, traceparent);
    const [oldest] = origins.keys();
    if (origins.size > MAX_ORIGINS && oldest !== undefined) origins.delete(oldest);
  };
  return {
    receiving: (answer) => async (request, env) => {
      const pathname = new URL(request.url).pathname.replace(/\/$/, '');
      if (!paths.has(pathname)) return answer(request, env);
      const parent = request.headers.get('traceparent') ?? undefined;
      const attributes = { 'http.request.method': request.method, 'http.route': pathname };
      return tracer.span(
        `receive ${pathname}`,
        attributes,
        async (annotate) => {
          const response = await answer(request, env);
          annotate({ 'http.response.status_code': response.status });
          return response;
        },
        { parent, kind: 'server' },
      );
    },
    answered: ({ receipts }) => {
      const here = tracer.traceparent();
      if (here === undefined) return;
      for (const { operation } of receipts) if (operation !== undefined) remember(operation, here);
    },
    carrying: async ({ id, intent, state }, carry) => {
      const { verb, client, dryRun, target } = intent;
      const attributes = {
        'ec2_operator.operation': id,
        'ec2_operator.verb': verb,
        'ec2_operator.client': client,
        'ec2_operator.dry_run': dryRun,
        'ec2_operator.target': target.text,
        'ec2_operator.state': state,
      };
      await tracer.span(`carry ${verb}`, attributes, carry, { parent: origins.get(id) });
    },
    delivering: async ({ id, channel, thread, attempts, news }, send) => {
      const { kind } = news;
      const attributes = {
        'ec2_operator.notice': id,
        'ec2_operator.notice.kind': kind,
        'ec2_operator.channel': channel,
        'ec2_operator.attempt': attempts,
        ...(isAboutMachine(news) ? { 'ec2_operator.operation': thread } : {}),
      };
      return tracer.span(
        `deliver ${kind}`,
        attributes,
        async (annotate) => {
          const tried = await send();
          annotate({ 'ec2_operator.outcome': tried.outcome.outcome });
          return tried;
        },
        { parent: origins.get(thread), kind: 'client' },
      );
    },
  };
}
