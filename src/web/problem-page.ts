/** A problem, as a page. */
import { STATUS_CODES } from 'node:http';
import { html } from 'hono/html';
import type { Problem } from '../http/problem.ts';
import { answerFramed, type FrameInput, type FrameParts } from './frame.ts';
import { rootOf } from './page.ts';

export async function answerProblemPage(
  parts: FrameParts,
  input: FrameInput,
  { status, detail }: Pick<Problem, 'status' | 'detail'>,
): Promise<Response> {
  const title = STATUS_CODES[status] ?? 'Problem';
  const root = rootOf(input.request);
  const [href, text] = status === 401 ? ['login', 'Log in'] : ['', 'All machines'];
  const body = html`<h1>${title}</h1>
    <p>${detail}</p>
    <p><a href="${root}${href}">${text}</a></p>`;
  return answerFramed(parts, input, { title, status, body });
}
