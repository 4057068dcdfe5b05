/** A problem, as a page: what it is, what to do next, and the ways on. */
import { html } from 'hono/html';
import { sentence } from '../domain/plain.ts';
import { begin } from '../domain/told-sentence.ts';
import { tellTimesIn } from '../domain/told-time.ts';
import type { Problem } from '../http/problem.ts';
import { answerFramed, readingOf, type FrameInput, type FrameParts } from './frame.ts';
import { rootOf } from './page.ts';

type Told = Pick<Problem, 'status' | 'detail' | 'isFailedLogin'>;

const HEADINGS: Readonly<Record<Problem['status'], string>> = {
  400: 'This was not understood',
  401: 'Please log in',
  403: 'This is not allowed',
  404: 'Nothing is here',
  405: 'This page cannot be opened like that',
  409: 'This cannot be done now',
  413: 'The form is too large',
  415: 'This was not understood',
  429: 'Too many attempts',
  500: 'ec2-operator has made a mistake',
  502: 'Another server does not answer',
  503: 'This is not available right now',
};

/** Those that may go well the next time. */
const PASSING: ReadonlySet<number> = new Set([429, 500, 502, 503]);

export async function answerProblemPage(parts: FrameParts, input: FrameInput, told: Told): Promise<Response> {
  const { status } = told;
  const title = HEADINGS[status];
  const reads = isReading(input.request);
  const next = nextStep(status, reads);
  const body = html`<h1>${title}</h1>
    <p>${begin(sentence(tellTimesIn(detailOf(told, reads), readingOf(parts))))}</p>
    ${next === undefined ? '' : html`<p>${next}</p>`}
    <p class="ways">${waysOn(input.request, status).map(([href, text]) => html`<a href="${href}">${text}</a> `)}</p>`;
  return answerFramed(parts, input, { title, status, body });
}

/** Programs are told of headers and methods, which people know nothing of. */
function detailOf({ status, detail, isFailedLogin }: Told, reads: boolean): string {
  if (status === 405 && reads) return 'this is the address of a button, not of a page: press the button itself';
  return status === 401 && isFailedLogin !== true ? 'you are not logged in, and nothing was changed' : detail;
}

function isReading({ method }: Pick<Request, 'method'>): boolean {
  return method === 'GET' || method === 'HEAD';
}

function nextStep(status: Problem['status'], reads: boolean): string | undefined {
  if (status === 500)
    return reads
      ? 'Please try again. If it happens again, tell those who run this server when it was.'
      : 'Whether anything was changed is not known: look at the machine before you press again.';
  if (status === 403) return 'If you need this, ask those who run this server for the right to it.';
  return undefined;
}

type Way = readonly [href: string, text: string];

function waysOn(request: Request, status: Problem['status']): readonly Way[] {
  const { pathname, search } = new URL(request.url);
  const root = rootOf(request);
  const machines: Way = [root, 'All machines'];
  const above = pageAbove(pathname);
  const up: readonly Way[] = above === undefined ? [] : [[root + above.path, above.text]];
  const login = loginFor(request, above);
  if (status === 401 || pathname.startsWith('/login')) return [[login, 'Log in'], machines];
  if (status === 403) return [...up, [login, 'Log in as another person'], machines];
  const again: readonly Way[] = isReading(request) && PASSING.has(status) ? [['', 'Try again']] : [];
  const unfiltered: readonly Way[] =
    status === 400 && isReading(request) && search !== '' && pathname !== '/'
      ? [[root + pathname.slice(1), 'The same page without its filter']]
      : [];
  return [...again, ...unfiltered, ...up, machines];
}

/** Leads back to where the person was, if that is a page. */
function loginFor(request: Request, above: Above | undefined): string {
  const { pathname, search } = new URL(request.url);
  const own = isReading(request) && !pathname.startsWith('/login') ? pathname + search : '/';
  const next = above === undefined ? own : `/${above.path}`;
  return `${rootOf(request)}login${next === '/' ? '' : `?next=${encodeURIComponent(next)}`}`;
}

/** Of the address of a button, or of a page that asks: the page with the button. */
const BELOW = /^\/(?<path>(?<kind>machines|operations)\/[\w-]{4,40})\/./;

interface Above {
  readonly path: string;
  readonly text: string;
}

function pageAbove(pathname: string): Above | undefined {
  const { path, kind } = BELOW.exec(pathname)?.groups ?? {};
  if (path === undefined) return undefined;
  return { path, text: kind === 'machines' ? 'The machine' : 'The operation' };
}
