/** The machines page: `/`, its rows, the pages that ask, and the buttons. */
import { html } from 'hono/html';
import * as z from 'zod';
import { limitsOn, LONGEST_EVER_MS } from '../../domain/admit-hold.ts';
import { offeredKeeps } from '../../domain/keep-choices.ts';
import { readHoldTag } from '../../domain/hold-tag.ts';
import { longestLeaseOn } from '../../domain/lease.ts';
import type { MachineRow } from '../../domain/machine.ts';
import type { Viewer } from '../../domain/machine-view.ts';
import { ownNames } from '../../domain/mine.ts';
import { plain } from '../../domain/plain.ts';
import { isGranted } from '../../domain/scope.ts';
import { capital, tellSentence } from '../../domain/told-sentence.ts';
import { INSTANCE_ID } from '../../domain/target.ts';
import { readBrakes } from '../../http/brakes.ts';
import type { Sender } from '../../http/auth/sender.ts';
import { requireKnown } from '../../http/known-machines.ts';
import { keptText } from '../../http/packed.ts';
import type { HttpParts } from '../../http/parts.ts';
import { ProblemError } from '../../http/problem.ts';
import type { Input, SenderInput } from '../../http/route.ts';
import { answerAsset } from '../assets.ts';
import { readForm } from '../form.ts';
import { answerFramed, framedText, frameKey, readingOf, type Framed } from '../frame.ts';
import { answerPiece, rootOf, type Html } from '../page.ts';
import type { SameBy } from '../same.ts';
import { cancel, extend, keep, release, start, stop, type Press } from './act.ts';
import { askPage, isHeld, refusedPage, type Ask, type AskFacts } from './ask.ts';
import { codeOf, tellDid, type Did, type Said } from './did.ts';
import { findMachines, findSharedMachines, listKey } from './find-machines.ts';
import { addressOf, machinesPageQuerySchema, sameMachines, type MachinesPageQuery } from './query.ts';
import { machinesTable } from './table.ts';

export async function viewerOf(parts: HttpParts, { name, grants }: Sender): Promise<Viewer> {
  const { prices, defaultLeaseMs } = parts;
  return {
    reading: readingOf(parts),
    name,
    grants,
    prices,
    brakes: await readBrakes(parts),
    ...(defaultLeaseMs === undefined ? {} : { defaultLeaseMs }),
  };
}

type MachinesInput = Pick<SenderInput<unknown, MachinesPageQuery>, 'request' | 'sender' | 'query' | 'liveSince'>;

/** Many open pages that read all of it again after a hint get one text: to make and compress it for each took the server seconds. */
export async function showMachines(parts: HttpParts, input: MachinesInput): Promise<Response> {
  const { request, sender, query } = input;
  if (request.headers.get('x-piece') !== 'shared' || query.did !== undefined)
    return answerFramed(parts, input, await machinesPage(parts, input, findMachines));
  const key = `${listKey(query, sender.name)} ${frameKey(input)}`;
  const text = await parts.sharedRows.texts(key, async () =>
    keptText(await framedText(parts, input, await machinesPage(parts, input, findSharedMachines))),
  );
  return answerPiece(request, text, { referrer: 'own' });
}

async function machinesPage(
  parts: HttpParts,
  { sender, query }: MachinesInput,
  find: typeof findMachines,
): Promise<Framed> {
  const viewer = await viewerOf(parts, sender);
  const [found, said] = await Promise.all([
    find(parts, query, viewer),
    tellDid(parts, query.did, sender.name, viewer.reading),
  ]);
  const { survey, telling } = parts;
  const mayBeOwner = ownNames(sender.name, telling.owners).length > 0;
  return {
    title: 'Machines',
    nav: 'machines',
    body: html`${tell(said)}${machinesTable({ ...found, query, viewer, survey, mayBeOwner })}`,
    same: sameMachines(query, found.page),
  };
}

export function tell(said: Said | undefined): Html {
  const text = said === undefined ? '' : html`<p class="note ${said.tone}">${said.text}</p>`;
  return html`<div id="said" role="status">${text}</div>`;
}

export const machineParamsSchema = z.object({ id: z.string().regex(INSTANCE_ID, 'there is no such machine') });
type MachineParams = z.output<typeof machineParamsSchema>;

export const askQuerySchema = z.object({ back: z.string().max(2_000).default('') });
type AskQuery = z.output<typeof askQuerySchema>;

type AskInput = SenderInput<MachineParams, AskQuery>;

export function asks(ask: Ask) {
  return async (parts: HttpParts, input: AskInput): Promise<Response> => {
    const row = await findOne(parts, input);
    const facts = await askFacts(parts, input, row, backOf(input.query.back), ask);
    const { title, body } = askPage(ask, facts);
    const same = sameAsk(ask, facts);
    return answerFramed(parts, input, { title, nav: 'machines', body, ...(same === undefined ? {} : { same }) });
  };
}

/** The first button of the page. Undefined where it has none. */
function sameAsk(ask: Ask, facts: AskFacts): SameBy | undefined {
  const { id } = facts.row.machine;
  const isKept = isHeld(facts);
  const [first] = offeredKeeps(facts.viewer.reading, facts.longestMs);
  switch (ask) {
    case 'start': {
      const lease = first === undefined ? '' : `&for=${first.choice}`;
      return {
        api: `GET /operateInstance?action=start${lease}&dryrun=false&instance=${id}`,
        cli: `ec2-operator start ${id}${first === undefined ? '' : ` --for ${first.choice}`}`,
      };
    }
    case 'keep':
      if (first === undefined) return undefined;
      return {
        api: `POST /api/v1/holds {"target": "${id}", "for": "${first.choice}"}`,
        cli: `ec2-operator hold ${id} --for ${first.choice}`,
      };
    case 'stop':
      return {
        api: `GET /operateInstance?action=stop&dryrun=false${isKept ? '&override_hold=true' : ''}&instance=${id}`,
        cli: `ec2-operator stop ${id}${isKept ? ' --override-hold' : ''}`,
      };
  }
}

const DEEDS = { start, stop, keep, release, extend, cancel } as const;
/** Where a press is refused, its page is shown again with the reason. */
const ASK_AGAIN: Readonly<Record<keyof typeof DEEDS, Ask | undefined>> = {
  start: undefined,
  stop: 'stop',
  keep: 'keep',
  release: undefined,
  extend: 'keep',
  cancel: undefined,
};

export function presses(what: keyof typeof DEEDS) {
  return async (parts: HttpParts, input: SenderInput<MachineParams>): Promise<Response> => {
    const form = await readForm(input.request);
    const row = await findOne(parts, input);
    const back = backOf(form.get('back') ?? '');
    try {
      return redirect(input, back, await DEEDS[what]({ parts, input, row, form } satisfies Press));
    } catch (error) {
      // Facts of the machine are for who may read. Others get the sentence alone, as of the API.
      if (!(error instanceof ProblemError) || !isGranted(input.sender.grants, 'read')) throw error;
      const { status, detail } = error.problem;
      const said = { tone: 'bad', text: capital(tellSentence(detail, readingOf(parts))) } as const;
      const ask = what === 'start' && form.has('for') ? 'start' : ASK_AGAIN[what];
      // The page shows the machine as it is now, which may be why the press was refused.
      const facts = { ...(await askFacts(parts, input, await findOne(parts, input), back, ask)), said };
      const { title, body } = ask === undefined ? refusedPage(facts) : askPage(ask, facts);
      return answerFramed(parts, input, { title, nav: 'machines', body, status });
    }
  };
}

async function findOne(
  { store, clock }: HttpParts,
  { sender, params: { id } }: SenderInput<MachineParams>,
): Promise<MachineRow> {
  const row = await store.machine(id, clock());
  requireKnown(sender, row?.machine, id);
  if (row === undefined)
    throw new ProblemError(404, `there is no machine ${id} here: it is not watched, or was terminated long ago`);
  return row;
}

async function askFacts(
  parts: HttpParts,
  { request, sender }: Pick<AskInput, 'request' | 'sender'>,
  row: MachineRow,
  back: string,
  ask: Ask | undefined,
): Promise<AskFacts> {
  const isAdmin = isGranted(sender.grants, 'admin');
  const limits =
    ask === 'start' ? longestLeaseOn(row.machine, parts.holds) : limitsOn(row.machine, parts.holds).longestMs;
  const viewer = await viewerOf(parts, sender);
  const heldByTag = readHoldTag(row.machine.tags, parts.engine.guards, viewer.reading.now)?.told;
  return {
    row,
    viewer,
    longestMs: isAdmin ? LONGEST_EVER_MS : limits,
    root: rootOf(request),
    back,
    ...(heldByTag === undefined ? {} : { heldByTag }),
  };
}

/** The place to go back to, read by the rules of the page and written anew: never an address of another site. */
function backOf(text: string): string {
  if (text === 'machine') return text;
  const given = Object.fromEntries([...new URLSearchParams(text)].filter(([, value]) => value !== ''));
  const read = machinesPageQuerySchema.safeParse(given);
  return read.success ? addressOf(read.data) : '';
}

/** A script asks for the row alone. */
function redirect({ request, params: { id } }: SenderInput<MachineParams>, back: string, did: Did): Response {
  const code = codeOf(did);
  const isPiece = request.headers.get('x-piece') === 'rows';
  const page = back === 'machine' ? `machines/${id}` : back;
  const to = isPiece ? `machines/rows?id=${id}&did=${code}` : `${page}${page.includes('?') ? '&' : '?'}did=${code}`;
  return new Response(null, { status: 303, headers: { location: rootOf(request) + to } });
}

export async function sendAsset(
  _parts: HttpParts,
  { request, params }: Input<{ readonly file: string }>,
): Promise<Response> {
  const asset = await answerAsset(request, params.file);
  if (asset === undefined)
    throw new ProblemError(404, `there is no file ${plain(params.file, 60)}: load the page again`);
  return asset;
}
