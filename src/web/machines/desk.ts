/** `/`: the machines page, and the files that all pages load. */
import { html } from 'hono/html';
import type { HttpParts } from '../../http/parts.ts';
import { ProblemError } from '../../http/problem.ts';
import type { Input, SenderInput } from '../../http/route.ts';
import { answerAsset } from '../assets.ts';
import { answerFramed } from '../frame.ts';

export async function showMachines(parts: HttpParts, input: SenderInput): Promise<Response> {
  return answerFramed(parts, input, {
    title: 'Machines',
    nav: 'machines',
    body: html`<h1>Machines</h1>
      <p class="empty">No machine is known yet.</p>`,
    same: { api: 'GET /api/v1/machines', cli: 'ec2-operator machines' },
  });
}

export async function sendAsset(
  _parts: HttpParts,
  { request, params }: Input<{ readonly file: string }>,
): Promise<Response> {
  const asset = await answerAsset(request, params.file);
  if (asset === undefined) throw new ProblemError(404, 'there is no such file: load the page again');
  return asset;
}
