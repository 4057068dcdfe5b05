/** The routes. Each handler stands in a file of its own under `routes/`. */
import { Hono, type Context } from 'hono';
import { StoreUnavailableError } from '../store/port.ts';
import { requireScope } from './auth/sender.ts';
import { answerGuess, watchGuess } from './auth/guesses.ts';
import type { ListenEnv } from './listen.ts';
import { openapi } from './openapi.ts';
import type { HttpParts } from './parts.ts';
import { ProblemError, toResponse } from './problem.ts';
import { readAudit } from './routes/audit.ts';
import { createReadyz, healthz, ping } from './routes/health.ts';
import { operate } from './routes/operate.ts';
import { cancelOperation, listOperations, readOperation } from './routes/operations.ts';
import { plan } from './routes/plan.ts';
import { createToken, listTokens, revokeToken } from './routes/tokens.ts';
import { receiveWebhook } from './routes/webhook.ts';

const OPEN = ['/ping', '/healthz', '/readyz'];

/** What a request comes with besides itself; it may have come some other way than through our socket. */
type Env = { readonly Bindings: Partial<Pick<ListenEnv, 'admitted'>> };

/** @param remoteOf the address of the other side of a request */
export function createHttpApp(parts: HttpParts, remoteOf: (context: Context) => string): Hono<Env> {
  // A final slash changes nothing. A redirect would: it turns a POST into a GET.
  const app = new Hono<Env>({ strict: false });
  // Answers repeat what came in, quoted. No browser is to take one for a page, and no cache is to answer in our place.
  app.use(async (context, next) => {
    await next();
    context.res.headers.set('x-content-type-options', 'nosniff');
    context.res.headers.set('cache-control', 'no-store');
  });

  // Hono answers HEAD with the GET handler, and a link preview's HEAD must not stop a machine.
  app.use(async (context, next) => {
    if (context.req.raw.method === 'HEAD' && context.req.path.startsWith('/operate'))
      throw wrongMethod(['GET', 'POST', 'PUT']);
    return next();
  });

  app.use(async (context, next) => {
    // Probes come from wherever a platform likes, and learn nothing that is worth guessing for.
    if (OPEN.includes(context.req.path)) return next();
    const remote = remoteOf(context);
    watchGuess(parts, context.req.raw.headers, remote, () => context.env.admitted?.());
    await next();
    const instead = answerGuess(parts, context.error, remote, context.req.path);
    if (instead === undefined) return undefined;
    // Otherwise the headers of the one before would be kept.
    context.res = undefined;
    context.res = toResponse(instead);
    return undefined;
  });

  app.get('/ping', () => ping());
  app.get('/healthz', () => healthz());
  app.get('/readyz', createReadyz(parts));

  for (const [path, route] of [
    ['/operateInstance', 'instance'],
    ['/operateHostname', 'hostname'],
  ] as const) {
    app.get(path, async (context) => operate(parts, context.req.raw, route, remoteOf(context)));
    app.on(['POST', 'PUT'], path, async (context) => receiveWebhook(parts, context.req.raw, route, remoteOf(context)));
    app.all(path, () => toResponse(wrongMethod(['GET', 'POST', 'PUT']).problem));
  }

  app.get('/api/v1/operations', async (context) => listOperations(parts, context.req.raw));
  app.get('/api/v1/operations/:id', async (context) => readOperation(parts, context.req.raw, context.req.param('id')));
  app.post('/api/v1/operations/:id/cancel', async (context) =>
    cancelOperation(parts, context.req.raw, context.req.param('id'), remoteOf(context)),
  );
  app.post('/api/v1/plan', async (context) => plan(parts, context.req.raw));
  app.get('/api/v1/audit', async (context) => readAudit(parts, context.req.raw));
  app.get('/api/v1/tokens', async (context) => listTokens(parts, context.req.raw));
  app.post('/api/v1/tokens', async (context) => createToken(parts, context.req.raw, remoteOf(context)));
  app.post('/api/v1/tokens/:name/revoke', async (context) =>
    revokeToken(parts, context.req.raw, context.req.param('name'), remoteOf(context)),
  );
  app.get('/metrics', async (context) => {
    requireScope(await parts.authenticate(context.req.raw.headers), 'read');
    const { contentType, body } = await parts.metrics.render();
    return new Response(body, { headers: { 'content-type': contentType } });
  });
  app.get('/openapi.json', async (context) => {
    requireScope(await parts.authenticate(context.req.raw.headers), 'read');
    return Response.json(openapi());
  });

  app.notFound((context) =>
    toResponse({
      status: 404,
      detail: `there is nothing at ${context.req.method} ${context.req.path.slice(0, 100)}; /openapi.json lists what there is`,
    }),
  );
  app.onError((error) => toResponse(problemOf(parts, error)));
  return app;
}

function problemOf(parts: HttpParts, error: Error): ProblemError['problem'] {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof StoreUnavailableError) {
    parts.observer.fault('a request could not be served', error);
    const detail = 'the store cannot be used at the moment, so nothing was accepted: try again later';
    return { status: 503, detail, headers: { 'retry-after': '5' } };
  }
  parts.observer.fault('a request could not be served', error);
  return { status: 500, detail: 'a fault of ec2-operator itself; its log has the details' };
}

function wrongMethod(allowed: readonly string[]): ProblemError {
  const detail = `expected one of the methods ${allowed.join(', ')}`;
  return new ProblemError({ status: 405, detail, headers: { allow: allowed.join(', ') } });
}
