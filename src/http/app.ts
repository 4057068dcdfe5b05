/** Serves the route table (`routes.ts`). */
import { Hono, type Context } from 'hono';
import { StoreUnavailableError } from '../store/port.ts';
import { handleRequest } from './handle-request.ts';
import type { ListenEnv } from './listen.ts';
import type { HttpParts } from './parts.ts';
import { ProblemError, toResponse } from './problem.ts';
import type { RouteEntry } from './route.ts';
import { ROUTES } from './routes.ts';

/** What a request comes with besides itself; it may have come some other way than through our socket. */
type Env = { readonly Bindings: Partial<Pick<ListenEnv, 'admitted'>> };

/** @param remoteOf the address of the other side of a request */
export function createHttpApp(parts: HttpParts, remoteOf: (context: Context) => string): Hono<Env> {
  // A final slash changes nothing. A redirect would: it turns a POST into a GET.
  const app = new Hono<Env>({ strict: false });
  for (const [path, entries] of Map.groupBy(ROUTES, (entry) => entry.path)) {
    const byMethod = methodsOf(entries);
    const allowed = [...byMethod.keys()].join(', ');
    app.all(path.replaceAll(/\{(\w+)\}/g, ':$1'), async (context) => {
      const { raw: request } = context.req;
      const entry = byMethod.get(request.method);
      if (entry === undefined) throw wrongMethod(allowed);
      const onAdmitted = (): void => context.env.admitted?.();
      const arrival = { request, params: context.req.param(), remote: remoteOf(context), onAdmitted };
      return protect(await handleRequest(parts, entry, arrival));
    });
  }
  app.notFound((context) =>
    protect(
      toResponse({
        status: 404,
        detail: `there is nothing at ${context.req.method} ${context.req.path.slice(0, 100)}; /openapi.json lists what there is`,
      }),
    ),
  );
  app.onError((error) => protect(toResponse(problemOf(parts, error))));
  return app;
}

/** HEAD is answered as GET is; but a link preview's HEAD must not stop a machine. */
function methodsOf(entries: readonly RouteEntry[]): ReadonlyMap<string, RouteEntry> {
  const byMethod = new Map<string, RouteEntry>();
  for (const entry of entries) {
    byMethod.set(entry.method, entry);
    if (entry.method === 'GET' && entry.acts !== true) byMethod.set('HEAD', entry);
  }
  return byMethod;
}

/** Answers repeat what came in, quoted. No browser is to take one for a page, and no cache is to answer in our place. */
function protect(response: Response): Response {
  response.headers.set('x-content-type-options', 'nosniff');
  response.headers.set('cache-control', 'no-store');
  return response;
}

function problemOf(parts: HttpParts, error: Error): ProblemError['problem'] {
  if (error instanceof ProblemError) return error.problem;
  parts.observer.fault('a request could not be served', error);
  if (error instanceof StoreUnavailableError) {
    const detail = 'the store cannot be used at the moment, so nothing was accepted: try again later';
    return { status: 503, detail, headers: { 'retry-after': '5' } };
  }
  return { status: 500, detail: 'a fault of ec2-operator itself; its log has the details' };
}

function wrongMethod(allowed: string): ProblemError {
  return new ProblemError({
    status: 405,
    detail: `expected one of the methods ${allowed}`,
    headers: { allow: allowed },
  });
}
