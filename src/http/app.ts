/** Serves the route table (`routes.ts`). */
import { Hono, type Context } from 'hono';
import { plain } from '../domain/plain.ts';
import { StoreUnavailableError } from '../store/port.ts';
import type { Sender } from './auth/sender.ts';
import { answerLost, answerProblem, wantsPage, withoutWindow } from './for-people.ts';
import { handleRequest, type Arrival, type Arrived } from './handle-request.ts';
import { PAUSED_HEADER, tellPauses } from './known-pauses.ts';
import type { ListenEnv } from './listen.ts';
import type { HttpParts } from './parts.ts';
import { ProblemError, toResponse } from './problem.ts';
import type { RouteEntry } from './route.ts';
import { ROUTES } from './routes.ts';
import { protect } from './safe.ts';

/** The context that `listen.ts` passes along with a request; absent where a test calls the app directly. */
type Env = {
  readonly Bindings: Partial<Pick<ListenEnv, 'admitted' | 'lasting'>> & {
    readonly incoming?: { readonly rawHeaders?: readonly string[] };
  };
};

/** Where a request comes from. */
type Whence = (context: Context) => Pick<Arrival, 'peer' | 'remote'>;

export function createHttpApp(parts: HttpParts, whence: Whence): Hono<Env> {
  // A final slash is ignored: a redirect would turn a POST into a GET.
  const app = new Hono<Env>({ strict: false });
  for (const [path, entries] of Map.groupBy(ROUTES, (entry) => entry.path)) {
    const byMethod = methodsOf(entries);
    const allowed = [...byMethod.keys()].join(', ');
    const isForPeople = entries.some((entry) => entry.forPeople === true);
    app.all(path.replaceAll(/\{(\w+)\}/g, ':$1'), async (context) => {
      const { raw: request } = context.req;
      const entry = byMethod.get(request.method);
      if (entry === undefined) {
        const problem = {
          status: 405,
          detail: `expected one of the methods ${allowed}`,
          headers: { allow: allowed },
        } as const;
        return protect(
          isForPeople ? await answerLost(parts, arrivalOf(context, whence), problem) : toResponse(problem),
        );
      }
      const known: { sender?: Sender } = {};
      const onAdmitted = (sender: Sender): void => {
        context.env.admitted?.(sender.name);
        known.sender = sender;
        // Read beside the request, so that the answer does not wait.
        void parts.pauses.read();
      };
      const arrival = {
        ...arrivalOf(context, whence),
        params: context.req.param(),
        lasting: context.env.lasting,
        onAdmitted,
      };
      const response = await handleRequest(parts, entry, arrival).catch((error: unknown) => {
        if (!(error instanceof Error)) throw error;
        const problem = problemOf(parts, error);
        return entry.forPeople === true
          ? answerProblem(parts, { request, ...known }, problem)
          : toResponse(withoutWindow(request, problem));
      });
      const paused = known.sender !== undefined ? tellPauses(await parts.pauses.read()) : undefined;
      if (paused !== undefined) response.headers.set(PAUSED_HEADER, paused);
      return protect(response);
    });
  }
  app.notFound(async (context) => {
    const { raw: request, method } = context.req;
    const path = plain(context.req.path, 100);
    const detail = wantsPage(request.headers)
      ? `there is no page ${path}: the address is not right, or is an old one`
      : `there is no route ${method} ${path}; /openapi.json lists all routes`;
    return protect(await answerLost(parts, arrivalOf(context, whence), { status: 404, detail }));
  });
  app.onError((error) => protect(toResponse(problemOf(parts, error))));
  return app;
}

function arrivalOf(context: Context<Env>, whence: Whence): Arrived {
  const { raw: request } = context.req;
  const rawHeaders = context.env.incoming?.rawHeaders ?? [...request.headers].flat();
  return { request, rawHeaders, ...whence(context) };
}

/** HEAD is answered like GET, except where GET changes something: a link preview sends HEAD, and must not stop a machine, nor use up a login. */
function methodsOf(entries: readonly RouteEntry[]): ReadonlyMap<string, RouteEntry> {
  const byMethod = new Map<string, RouteEntry>();
  for (const entry of entries) {
    byMethod.set(entry.method, entry);
    if (entry.method === 'GET' && entry.acts !== true && entry.begins !== true) byMethod.set('HEAD', entry);
  }
  return byMethod;
}

function problemOf(parts: HttpParts, error: Error): ProblemError['problem'] {
  if (error instanceof ProblemError) return error.problem;
  parts.observer.fault('a request failed', error);
  if (error instanceof StoreUnavailableError) {
    const detail = 'the store is unavailable, so nothing was accepted: try again later';
    return { status: 503, detail, headers: { 'retry-after': '5' } };
  }
  return { status: 500, detail: 'a fault of ec2-operator itself; its log has the details' };
}
