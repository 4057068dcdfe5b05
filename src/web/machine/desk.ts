/** `/machines/{id}`: what has happened to one machine, why, and what can be done. */
import { html } from 'hono/html';
import * as z from 'zod';
import { INSTANCE_ID } from '../../domain/target.ts';
import { foreseeStop } from '../../http/foresee-stop.ts';
import type { HttpParts } from '../../http/parts.ts';
import type { SenderInput } from '../../http/route.ts';
import { answerFramed, readingOf } from '../frame.ts';
import { viewerOf } from '../machines/desk.ts';
import { tellDid } from '../machines/did.ts';
import { answerPiece, rootOf } from '../page.ts';
import { inShell, type SameBy } from '../same.ts';
import { readStory, type MachineStory } from './facts.ts';
import { outlookPart } from './outlook.ts';
import { machinePage } from './page.ts';

export const machinePageParams = z.object({
  id: z
    .string()
    .regex(
      INSTANCE_ID,
      'expected the id of a machine, such as i-0123456789abcdef0: the page of all machines finds it by its name',
    ),
});
export const machinePageQuery = z.object({
  did: z.string().max(80).optional().describe('The button that was pressed before, by a code.'),
});

type Params = z.output<typeof machinePageParams>;

export async function showMachine(
  parts: HttpParts,
  input: SenderInput<Params, z.output<typeof machinePageQuery>>,
): Promise<Response> {
  const { request, sender, params, query } = input;
  const viewer = await viewerOf(parts, sender);
  const [story, said] = await Promise.all([
    readStory(parts, params.id, viewer.reading),
    tellDid(parts, query.did, sender.name, viewer.reading),
  ]);
  const { title, body } = machinePage({ story, said, viewer, telling: parts.telling, root: rootOf(request) });
  return answerFramed(parts, input, {
    title,
    nav: 'machines',
    body,
    same: { api: sameStory(story), cli: `ec2-operator status ${params.id}` },
    scripts: ['later.js'],
  });
}

/** A machine that the watch has not seen is known by its operations alone. */
function sameStory({ id, row }: MachineStory): string {
  return row === undefined ? `GET /api/v1/operations?machine=${id}` : `GET /api/v1/machines/${id}`;
}

/** The page is there already. In milliseconds. */
const PATIENCE_MS = 8_000;

/** Asks EC2, which may take its time. */
export async function showOutlook(parts: HttpParts, input: SenderInput<Params>): Promise<Response> {
  const { request, params } = input;
  const reading = readingOf(parts);
  const { row, operations } = await readStory(parts, params.id, reading);
  const place = row?.machine.place ?? operations.find(({ instance }) => instance !== undefined)?.instance?.place ?? {};
  const outlooks = await foreseeStop(parts, { id: params.id, place }, PATIENCE_MS);
  const part = outlookPart(outlooks?.byAlert, reading);
  if (request.headers.get('x-piece') === 'part') return answerPiece(request, part, { referrer: 'own' });
  const title = `If ${row?.machine.name ?? params.id} fell idle now`;
  const body = html`<p class="crumbs"><a href="${rootOf(request)}machines/${params.id}">Back to the machine</a></p>
    <h1>${title}</h1>
    ${part}`;
  return answerFramed(parts, input, { title, nav: 'machines', body, same: samePlan(params.id) });
}

/** The alert that would say so. */
function samePlan(id: string): SameBy {
  const labels = { action: 'stop', instance: id, dryrun: 'false' };
  const body = JSON.stringify({ alerts: [{ status: 'firing', labels }] });
  return { api: `POST /api/v1/plan ${body}`, cli: `echo ${inShell(body)} | ec2-operator plan -` };
}
