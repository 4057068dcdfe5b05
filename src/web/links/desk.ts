/**
 * `/l/{token}`: the pages behind links. A GET shows and never acts. A POST acts for whoever has the token: no login, no cookie, and
 * no check of the Origin, which pages without a referrer do not send. See docs/links.md.
 */
import { html } from 'hono/html';
import { nameInstance } from '../../domain/instance.ts';
import type { LinkPurpose } from '../../domain/link-purpose.ts';
import { whoOf } from '../../engine/answers.ts';
import type { HttpParts } from '../../http/parts.ts';
import { ProblemError } from '../../http/problem.ts';
import type { Input } from '../../http/route.ts';
import type { LinkOutcome } from '../../observe/catalog-links.ts';
import { StoreUnavailableError } from '../../store/port.ts';
import type { ReadLink, ValidLink } from '../../links/links.ts';
import type { SignedAbout } from '../../links/token.ts';
import { answerAsset } from '../assets.ts';
import { readForm } from '../form.ts';
import { answerPage, answerPiece } from '../page.ts';
import { answererOf, keepAtOnce, pressKeep, pressTell, pressWake, type Acted } from './act.ts';
import { machineOf, type PageContext, type Said, type Shown } from './context.ts';
import { busyPage, expiredPage, refusedPage, unavailablePage, unknownPage } from './ended-page.ts';
import { keepPage } from './keep-page.ts';
import { answered, PRESS_FAULTS, readPress } from './press.ts';
import { seePage } from './see-page.ts';
import { wakePage, wakeState } from './wake-page.ts';

/** The address of such a page is a secret. */
const OF_LINKS = { styles: ['base.css', 'link.css'], scripts: ['link.js'], referrer: 'none' } as const;

export interface LinkParams {
  readonly token: string;
}
type LinkInput = Input<LinkParams>;
type Valid = { readonly link: ValidLink; readonly about: SignedAbout };

export async function showLink(parts: HttpParts, input: LinkInput): Promise<Response> {
  return withLink(parts, input, async (valid) => {
    parts.metrics.linkAsked({ purpose: valid.about.purpose, outcome: 'shown' });
    const { purpose } = valid.about;
    if (purpose === 'see') return page(input, await see(parts, valid.about));
    // The button of an app asks by POST. Its address, when opened, shows the page of the other buttons, which needs a press.
    return page(input, shown(purpose, await look(parts, input, valid)));
  });
}

export async function pressLink(parts: HttpParts, input: LinkInput): Promise<Response> {
  return withLink(parts, input, async (valid) => {
    const { about, link } = valid;
    if (about.purpose === 'see') return page(input, await see(parts, about), 405);
    if (!parts.mayPress(input.params.token)) {
      parts.metrics.linkAsked({ purpose: about.purpose, outcome: 'refused' });
      return page(input, busyPage(), 429);
    }
    if (about.purpose === 'keep_now') return keepNow(parts, input, valid);
    const form = await readForm(input.request);
    const before = await look(parts, input, valid);
    const { id, name = id } = machineOf({ about, now: before.now });
    const press = readPress(form, link, [id, name]);
    if (press.press === 'refused') {
      tell(parts, input, about, 'refused', PRESS_FAULTS[press.why]);
      return page(input, shown(about.purpose, { ...before, said: press.said }), 400);
    }
    const acted = await act(parts, input, { before, form, madeAt: press.madeAt });
    tell(parts, input, about, acted.isDone ? 'acted' : 'refused', acted.said.text);
    const after = await look(parts, input, valid, acted.said);
    return page(input, shown(about.purpose, after), acted.isDone ? 200 : 409);
  });
}

/** The part of a page that changes by itself. */
export async function linkState(parts: HttpParts, input: LinkInput): Promise<Response> {
  return withLink(parts, input, async (valid) => {
    if (valid.about.purpose !== 'wake') return page(input, unknownPage(), 404);
    return answerPiece(input.request, wakeState(await look(parts, input, valid)), { referrer: 'none' });
  });
}

export async function linkAsset(_parts: HttpParts, input: Input<{ readonly file: string }>): Promise<Response> {
  const asset = await answerAsset(input.request, input.params.file);
  return asset ?? page({ ...input, params: { token: '' } }, unknownPage(), 404);
}

async function act(
  parts: HttpParts,
  { remote }: LinkInput,
  { before, form, madeAt }: { readonly before: PageContext; readonly form: URLSearchParams; readonly madeAt: number },
): Promise<Acted> {
  const { about, now, reading } = before;
  const machine = answered(about.instance, machineOf(before).name);
  const by = answererOf(about, remote);
  if (about.purpose === 'keep') return pressKeep(parts, machine, by, { choice: form.get('keep'), madeAt, reading });
  return form.get('tell') === 'ready'
    ? pressTell(parts, about, now, machine)
    : pressWake(parts, machine, by, { now, madeAt, reading });
}

/** The button of an app has no page: its answer is a line. */
async function keepNow(parts: HttpParts, input: LinkInput, { about, link }: Valid): Promise<Response> {
  const context = await look(parts, input, { about, link });
  const machine = answered(about.instance, machineOf(context).name);
  const by = answererOf(about, input.remote);
  const { now, reading } = context;
  const acted = await keepAtOnce(parts, machine, by, { stopsAt: about.expiresAt, now, reading });
  tell(parts, input, about, acted.isDone ? 'acted' : 'refused', acted.said.text);
  return new Response(`${nameInstance(machineOf(context))}: ${acted.said.text}\n`, {
    status: acted.isDone ? 200 : 409,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  });
}

async function withLink(
  parts: HttpParts,
  input: LinkInput,
  answer: (valid: Valid) => Promise<Response>,
): Promise<Response> {
  try {
    const read: ReadLink = (await parts.links?.read(input.params.token)) ?? { link: 'unknown' };
    switch (read.link) {
      case 'unknown':
        parts.metrics.linkAsked({ purpose: 'unknown', outcome: 'unknown' });
        return await page(input, unknownPage(), 404);
      case 'expired': {
        const { about } = read;
        parts.metrics.linkAsked({ purpose: about.purpose, outcome: 'expired' });
        const told = about.operation === undefined ? undefined : await parts.store.find(about.operation);
        return await page(input, expiredPage(about, told?.instance?.name, readingOf(parts)), 410);
      }
      case 'valid':
        return await answer({ about: read.about, link: read });
    }
  } catch (error) {
    if (error instanceof ProblemError) return page(input, refusedPage(error.problem.detail), error.problem.status);
    if (!(error instanceof StoreUnavailableError)) throw error;
    parts.observer.fault('a page of a link could not be made', error);
    return page(input, unavailablePage(), 503);
  }
}

async function look(
  parts: HttpParts,
  { remote }: LinkInput,
  { about, link }: Valid,
  said?: Said,
): Promise<PageContext> {
  const [now, linkTo] = await Promise.all([parts.lookNow(about.instance, about.operation), parts.links?.open()]);
  return {
    about,
    now,
    reading: readingOf(parts),
    holder: whoOf(answererOf(about, remote)).name,
    nonce: link.nonce(),
    linkTo: linkTo ?? (() => ''),
    prices: parts.prices,
    ...(said === undefined ? {} : { said }),
  };
}

function shown(purpose: Exclude<LinkPurpose, 'see'>, context: PageContext): Shown {
  return purpose === 'wake' ? wakePage(context) : keepPage(context);
}

async function see(parts: HttpParts, { instance, operation: id }: SignedAbout): Promise<Shown> {
  const operation = id === undefined ? undefined : await parts.store.find(id);
  const trail = operation === undefined ? [] : await parts.store.trail(operation.id);
  const name = operation?.instance?.name;
  const machine = { id: instance.id, ...(name === undefined ? {} : { name }) };
  return seePage({ machine, trail, reading: readingOf(parts), ...(operation === undefined ? {} : { operation }) });
}

function readingOf({ clock, zone }: Pick<HttpParts, 'clock' | 'zone'>): PageContext['reading'] {
  return { now: clock(), zone };
}

async function page({ request }: LinkInput, { title, body, again }: Shown, status = 200): Promise<Response> {
  const up = new URL(request.url).pathname.endsWith('/') ? '../' : '';
  return answerPage(request, {
    title,
    body: html`<body class="link">
      <main>${body}</main>
    </body>`,
    status,
    up,
    ...OF_LINKS,
    ...(again === undefined ? {} : { again }),
  });
}

/** The token is in no line. */
function tell(
  { log, metrics }: HttpParts,
  { remote, request }: LinkInput,
  { purpose, instance, operation, recipient, channel }: SignedAbout,
  outcome: LinkOutcome,
  why: string,
): void {
  metrics.linkAsked({ purpose, outcome });
  const userAgent = request.headers.get('user-agent')?.slice(0, 100);
  const by = { recipient, channel, remote, userAgent };
  log.info({ purpose, instance: instance.id, operation, outcome, ...by, why }, 'a button behind a link was pressed');
}
