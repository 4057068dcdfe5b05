/** The frame of the pages of people who have logged in: the bar, the pauses that stand, the page itself, and the same by API and CLI. */
import { html } from 'hono/html';
import { plain } from '../domain/plain.ts';
import { tellTimesIn, type Reading } from '../domain/told-time.ts';
import { tellPause, type Pause } from '../domain/voice.ts';
import type { Sender } from '../http/auth/sender.ts';
import type { HttpParts } from '../http/parts.ts';
import type { AssetName } from './assets.ts';
import { answerPage, pageText, rootOf, type Html, type Page } from './page.ts';
import type { SameBy } from './same.ts';

/** The pages of the bar, with their paths below the first one. */
const NAV = {
  machines: '',
  savings: 'savings',
  operations: 'operations',
  notices: 'notices',
  audit: 'audit',
  settings: 'settings',
} as const;
export type NavPage = keyof typeof NAV;

const LABELS: Readonly<Record<NavPage, string>> = {
  machines: 'Machines',
  savings: 'Savings',
  operations: 'Operations',
  notices: 'Notices',
  audit: 'Audit',
  settings: 'Settings',
};

export interface Framed {
  readonly title: string;
  readonly body: Html;
  /** The page of the bar that it belongs to; absent on pages before the login. */
  readonly nav?: NavPage;
  readonly same?: SameBy;
  readonly status?: number;
  /** Without script, the page is loaded again after this time. In seconds. */
  readonly again?: number;
  /** Besides those of all pages. */
  readonly scripts?: readonly AssetName[];
  readonly styles?: readonly AssetName[];
}

/** The request that a page answers. Without a sender, the page is from before the login. */
export interface FrameInput {
  readonly request: Request;
  readonly sender?: Sender;
  /** As in `Input`; absent on pages that show nothing of machines. */
  readonly liveSince?: string;
}

export type FrameParts = Pick<HttpParts, 'pauses' | 'clock' | 'zone' | 'eventStreams'>;

export async function answerFramed(parts: FrameParts, input: FrameInput, framed: Framed): Promise<Response> {
  return answerPage(input.request, await frame(parts, input, framed));
}

export async function framedText(parts: FrameParts, input: FrameInput, framed: Framed): Promise<string> {
  return pageText(await frame(parts, input, framed));
}

/** Equal for requests that are answered with the same frame around the same page. */
export function frameKey({ request, sender }: FrameInput): string {
  return JSON.stringify([sender, request.method, rootOf(request), isReadAgain(request), mayLogOut(request)]);
}

async function frame(parts: FrameParts, input: FrameInput, framed: Framed): Promise<Page> {
  const { request, sender, liveSince = parts.eventStreams.latest() } = input;
  const { title, status, again, body } = framed;
  const root = rootOf(request);
  const pauses = sender === undefined ? [] : await parts.pauses.read();
  const reading = readingOf(parts);
  const since = isReadAgain(request) ? '' : html`data-live-since="${liveSince}"`;
  const whole = html`<body data-root="${root}" data-zone="${parts.zone}" ${since}>
    <a class="skip" href="#main">Skip to the contents</a>
    ${bar(root, input, framed.nav)} ${sender === undefined ? '' : banner(pauses, reading, isSeenAgain(framed, request))}
    <main id="main" tabindex="-1">${body}</main>
    ${footer(framed.same)}
  </body>`;
  return {
    title: `${title} · ec2-operator`,
    body: whole,
    up: root,
    styles: ['pages.css', ...(framed.styles ?? [])],
    scripts: ['app.js', 'live.js', ...(framed.scripts ?? [])],
    referrer: 'own',
    ...(status === undefined ? {} : { status }),
    ...(again === undefined ? {} : { again }),
  };
}

/** An open page has its events since it was made, and knows by the version of the answer that nothing has changed: at any replica. */
function isReadAgain({ headers }: Request): boolean {
  return headers.get('x-piece') === 'shared';
}

export function readingOf({ clock, zone }: Pick<HttpParts, 'clock' | 'zone'>): Reading {
  return { now: clock(), zone };
}

function bar(root: string, { request, sender }: FrameInput, current: NavPage | undefined): Html {
  const brand = html`<a class="brand" href="${root}">ec2-operator</a>`;
  if (sender === undefined) return html`<header class="bar">${brand}</header>`;
  const links = Object.entries(NAV).map(([page, path]) => {
    const isCurrent = page === current ? html` aria-current="page"` : '';
    return html`<li><a href="${root}${path}" ${isCurrent}>${labelOf(page)}</a></li>`;
  });
  return html`<header class="bar">
    ${brand}
    <nav aria-label="Pages">
      <ul>
        ${links}
      </ul>
    </nav>
    <div class="who"><span>${plain(sender.name, 80)}</span>${logOut(root, request)}</div>
  </header>`;
}

function labelOf(page: string): string {
  return Object.entries(LABELS).find(([known]) => known === page)?.[1] ?? page;
}

function logOut(root: string, request: Request): Html | string {
  if (!mayLogOut(request)) return '';
  return html`<form method="post" action="${root}logout"><button>Log out</button></form>`;
}

/** Only a cookie can be given back: browsers keep the password of Basic authentication until they are closed. */
function mayLogOut({ headers }: Request): boolean {
  return headers.has('cookie') && !headers.has('authorization');
}

/** What answers a form, or is an error, has no address where it is found again. */
function isSeenAgain({ status = 200 }: Framed, { method }: Request): boolean {
  return status === 200 && method === 'GET';
}

/** Without a pause it is there, but hidden: a pause that begins shows on pages that are open. */
function banner(pauses: readonly Pause[], reading: Reading, isLive: boolean): Html {
  const told = pauses.map(
    (pause) => html`<p><b>${plain(pause.who, 80)}</b> ${plain(tellTimesIn(tellPause(pause), reading), 400)}</p>`,
  );
  const live = isLive ? html` data-live="all"` : '';
  const hidden = pauses.length === 0 ? html` hidden` : '';
  return html`<aside id="pauses" class="banner" aria-label="Pauses" ${live}${hidden}>${told}</aside>`;
}

function footer(same: SameBy | undefined): Html {
  if (same === undefined) return html`<footer>ec2-operator</footer>`;
  return html`<footer>
    <span>The same by API: <code>${same.api}</code></span>
    <span>by command: <code>${same.cli}</code></span>
  </footer>`;
}
