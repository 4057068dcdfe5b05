/** Reads deploy/Dockerfile and .dockerignore as far as the tests need it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

/** The root of the repository, which is the build's context. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Instruction {
  readonly keyword: string;
  /** What follows the keyword, on one line. */
  readonly text: string;
}

/** One instruction of the Dockerfile and those after it, up to the next FROM. */
export interface Stage {
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

export function readStages(): readonly [Stage, ...Stage[]] {
  const stages: { from: string; instructions: Instruction[] }[] = [];
  for (const instruction of readInstructions()) {
    if (instruction.keyword === 'FROM') stages.push({ from: instruction.text, instructions: [] });
    else stages.at(-1)?.instructions.push(instruction);
  }
  const [first, ...rest] = stages;
  if (first === undefined) throw new Error('expected deploy/Dockerfile to have a FROM');
  return [first, ...rest];
}

/** The stage that becomes the image. */
export function readImage(): Stage {
  const stages = readStages();
  return stages.at(-1) ?? stages[0];
}

function readInstructions(): readonly Instruction[] {
  const lines = readFileSync(path.join(ROOT, 'deploy/Dockerfile'), 'utf8')
    .split('\n')
    // Comments go first: they may stand between the lines of one instruction.
    .filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  const joined = lines.join('\n').replaceAll(/\\\n\s*/g, '');
  return joined.split('\n').map((line) => {
    const [keyword = '', ...words] = line.split(' ');
    return { keyword, text: words.join(' ').trim() };
  });
}

/** The only instruction of the stage with this keyword. */
export function only(stage: Stage, keyword: string): string {
  const [found, ...more] = all(stage, keyword);
  if (found === undefined || more.length > 0)
    throw new Error(`expected one ${keyword} in the stage FROM ${stage.from}, got ${more.length + (found ? 1 : 0)}`);
  return found;
}

export function all(stage: Stage, keyword: string): readonly string[] {
  return stage.instructions.filter((instruction) => instruction.keyword === keyword).map(({ text }) => text);
}

/** The words of an exec form, `["node", "x.ts"]`; throws for the shell form, under which no signal arrives. */
export function execForm(text: string): readonly string[] {
  return z.array(z.string()).min(1).parse(JSON.parse(text));
}

/** What HEALTHCHECK runs. */
export function healthCheck(image: Stage): readonly string[] {
  return execForm(only(image, 'HEALTHCHECK').replace(/^.*?CMD /, ''));
}

/** The variables that ENV sets; values without spaces only. */
export function variables(image: Stage): Readonly<Record<string, string>> {
  const pairs = all(image, 'ENV').flatMap((text) => text.split(/\s+/));
  return Object.fromEntries(pairs.map((pair): [string, string] => splitPair(pair)));
}

function splitPair(pair: string): [string, string] {
  const [name = '', ...value] = pair.split('=');
  return [name, value.join('=')];
}

/** The files and folders of the context that the stage copies. */
export function copiedFromContext(stage: Stage): readonly string[] {
  return all(stage, 'COPY')
    .filter((text) => !text.startsWith('--from='))
    .flatMap((text) => text.split(/\s+/).slice(0, -1));
}

/** Whether .dockerignore keeps this path out of the context. The last line that matches, a folder included, decides. */
export function isIgnored(file: string): boolean {
  const lines = readFileSync(path.join(ROOT, '.dockerignore'), 'utf8').split('\n');
  const parts = file.split('/');
  const paths = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  let ignored = false;
  for (const line of lines.filter((text) => text !== '' && !text.startsWith('#'))) {
    const pattern = toRegExp(line.replace(/^!/, ''));
    if (paths.some((each) => pattern.test(each))) ignored = !line.startsWith('!');
  }
  return ignored;
}

/** Docker's patterns: unlike a shell's, a star also stands for a leading dot. */
function toRegExp(pattern: string): RegExp {
  const translated = RegExp.escape(pattern).replaceAll('\\*\\*\\/', '(?:.*/)?').replaceAll('\\*', '[^/]*');
  return new RegExp(`^${translated}$`);
}
