/** The lines at the end of a page, which say how a program gets what it shows, and what they do. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { json, type Operator } from './operator.ts';

const run = promisify(execFile);
const PROGRAM = path.join(import.meta.dirname, '..', '..', 'bin', 'ec2-operator.mjs');

const ENTITIES: Readonly<Record<string, string>> = {
  '&quot;': '"',
  '&#39;': "'",
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
};

export interface Lines {
  readonly html: string;
  readonly api: string;
  readonly cli: string;
}

export async function linesOf({ request }: Pick<Operator, 'request'>, page: string): Promise<Lines> {
  const { status, text } = await request(page);
  assert.equal(status, 200, text);
  const [, footer = ''] = /<footer>(.*)<\/footer>/s.exec(text) ?? [];
  const [api = '', cli = ''] = [...footer.matchAll(/<code>(.*?)<\/code>/gs)].map(([, code = '']) =>
    code.replaceAll(/&(?:quot|#39|lt|gt|amp);/g, (entity) => ENTITIES[entity] ?? entity),
  );
  return { html: text, api, cli };
}

export async function callApi({ request }: Pick<Operator, 'request'>, line: string): Promise<string> {
  const [, method = '', where = '', body] = /^(GET|POST) (\S+)(?: (\{.*\}))?$/.exec(line) ?? [];
  const answer = await request(where, body === undefined ? { method } : json(JSON.parse(body)));
  assert.ok(answer.status < 300, `${line}: ${answer.text}`);
  return answer.text;
}

export async function paste({ url }: Pick<Operator, 'url'>, line: string, token = 'none'): Promise<string> {
  // No name of a function has a hyphen.
  const start = `operator() { "${process.execPath}" "${PROGRAM}" "$@"; }`;
  const env = { ...process.env, EC2_OPERATOR_URL: url, EC2_OPERATOR_TOKEN: token };
  const { stdout } = await run('sh', ['-c', `${start}\n${line.replace(/(?<=^|\| )ec2-operator /, 'operator ')}`], {
    env,
  });
  return stdout;
}
