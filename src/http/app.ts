/** The routes. Each handler stands in a file of its own under `routes/`. */
import { Hono, type Context } from 'hono';
import { StoreUnavailableError } from '../store/port.ts';
import { openapi } from './openapi.ts';
import type { HttpParts } from './parts.ts';
import { ProblemError, toResponse } from './problem.ts';
import { healthz, ping, readyz } from './routes/health.ts';
import { operate } from './routes/operate.ts';
import { cancelOperation, listOperations, readOperation } from './routes/operations.ts';
import { receiveWebhook } from './routes/webhook.ts';

/** @param remoteOf the address of the other side of a request */
export function createHttpApp(parts: HttpParts, remoteOf: (context: Context) => string): Hono {
  const app = new Hono();
  // Hono answers HEAD with the GET handler, and a link preview's HEAD must not stop a machine.
  app.use(async (context, next) => {
    if (context.req.raw.method === 'HEAD' && context.req.path.startsWith('/operate'))
      throw wrongMethod(['GET', 'POST', 'PUT']);
    return next();
  });

  app.get('/ping', () => ping());
  app.get('/healthz', () => healthz());
  app.get('/readyz', async () => readyz(parts));

  for (const [path, route] of [
    ['/operateInstance', 'instance'],
    ['/operateHostname', 'hostname'],
  ] as const) {
    app.get(path, async (context) => operate(parts, context.req.raw, route, remoteOf(context)));
    app.on(['POST', 'PUT'], path, async (context) => receiveWebhook(parts, context.req.raw, route));
    app.all(path, () => toResponse(wrongMethod(['GET', 'POST', 'PUT']).problem));
  }

  app.get('/api/v1/operations', async (context) => listOperations(parts, context.req.raw));
  app.get('/api/v1/operations/:id', async (context) => readOperation(parts, context.req.raw, context.req.param('id')));
  app.post('/api/v1/operations/:id/cancel', async (context) =>
    cancelOperation(parts, context.req.raw, context.req.param('id')),
  );
  app.get('/metrics', async (context) => {
    parts.authenticate(context.req.raw.headers);
    const { contentType, body } = await parts.metrics.render();
    return new Response(body, { headers: { 'content-type': contentType } });
  });
  app.get('/openapi.json', (context) => {
    parts.authenticate(context.req.raw.headers);
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
