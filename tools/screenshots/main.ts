/** Takes the pictures of the pages for the docs, of the fleet of the demo: `npm run screenshots`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { as, TOKEN, VISITOR } from '../../src/demo/people.ts';
import { machinesAnswerSchema } from '../../src/http/machine-schemas.ts';
import { launch } from '../../test/support/chromium.ts';
import { eventually } from '../../test/support/eventually.ts';
import { findTool } from '../../test/support/tools.ts';
import { toPalettePng } from './palette-png.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const FOLDER = path.join(ROOT, 'docs', 'images');
/** A page with pictures stays quick on a phone. */
const MOST_BYTES = 60_000;
/** Fewer until the picture is small enough. */
const COLOURS = [256, 128, 64, 32, 16] as const;
/** By then the demo has shown a bit of everything. In milliseconds. */
const LIFE_MS = 25_000;

const DESK = { width: 1200, height: 720 };
const PHONE = { width: 390, height: 780 };
/** Pages with little on them. */
const SMALL = { width: 720, height: 480 };

interface Shot {
  readonly name: string;
  readonly path: string;
  readonly options?: BrowserContextOptions;
  readonly isStranger?: true;
}

interface Demo extends AsyncDisposable {
  readonly url: string;
  /** The link of its first warning. */
  readonly keep: string;
}

await takeAll();

async function takeAll(): Promise<void> {
  const chromium = findTool('chromium', 'chromium');
  if ('skip' in chromium) throw new Error(chromium.skip);
  await using stack = new AsyncDisposableStack();
  const demo = stack.use(await startDemo());
  const browser = stack.adopt(await launch(chromium.path), async (open) => open.close());
  await pause(LIFE_MS);
  await mkdir(FOLDER, { recursive: true });
  for (const shot of await shotsOf(demo)) await take(browser, demo, shot);
}

async function shotsOf(demo: Demo): Promise<readonly Shot[]> {
  const warned = await eventually('an announced stop', async () => findWarned(demo));
  const { keep } = demo;
  return [
    { name: 'operation', path: `/operations/${warned.operation}` },
    { name: 'machines', path: '/?sort=stops' },
    { name: 'machines-dark', path: '/?sort=stops', options: { colorScheme: 'dark' } },
    { name: 'machines-phone', path: '/?sort=stops', options: { viewport: PHONE } },
    { name: 'machine', path: `/machines/${warned.id}` },
    { name: 'login', path: '/login', isStranger: true, options: { viewport: SMALL } },
    { name: 'keep', path: new URL(keep).pathname, isStranger: true, options: { viewport: SMALL } },
    { name: 'savings', path: '/savings' },
    { name: 'notices', path: '/notices' },
    { name: 'audit', path: '/audit' },
    { name: 'settings', path: '/settings' },
  ];
}

/** Not one of the story, whose time is over soon. */
async function findWarned({ url }: Demo): Promise<{ readonly id: string; readonly operation: string } | undefined> {
  const answer = await fetch(`${url}/api/v1/machines?sort=stops`, { headers: as(VISITOR) });
  const { machines } = machinesAnswerSchema.parse(await answer.json());
  return machines.flatMap(({ id, name = '', open }) =>
    open?.reason === 'warned' && !name.startsWith('gpu-') ? [{ id, operation: open.id }] : [],
  )[0];
}

async function take(browser: Browser, { url }: Demo, { name, path: where, options, isStranger }: Shot): Promise<void> {
  const context = await browser.newContext({ viewport: DESK, ...options });
  try {
    const page = await context.newPage();
    if (isStranger !== true) await logIn(page, url);
    const answer = await page.goto(`${url}${where}`);
    if (answer?.ok() !== true)
      throw new Error(`expected a page at ${where}, got status ${answer?.status() ?? '(none)'}`);
    const picture = shrink(await page.screenshot());
    await writeFile(path.join(FOLDER, `${name}.png`), picture);
    process.stdout.write(`docs/images/${name}.png  ${picture.length} bytes\n`);
  } finally {
    await context.close();
  }
}

async function logIn(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/login`);
  await page.locator('input[name=token]').fill(TOKEN);
  await page.locator('input[name=token]').press('Enter');
  await page.waitForURL((address) => !address.pathname.startsWith('/login'));
}

function shrink(png: Buffer): Buffer {
  for (const colours of COLOURS) {
    const picture = toPalettePng(png, colours);
    if (picture.length < MOST_BYTES) return picture;
  }
  throw new Error(`expected a picture below ${MOST_BYTES} bytes: choose a smaller part of the page`);
}

async function startDemo(): Promise<Demo> {
  const program = path.join(ROOT, 'bin', 'ec2-operator.mjs');
  const child = spawn(process.execPath, [program, 'demo'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const [url, keep] = await Promise.all([find(lines, /^Open (\S+)/), find(lines, /Keep it: (\S+)/)]);
  return {
    url,
    keep,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function find(lines: NodeJS.EventEmitter, form: RegExp): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  lines.on('line', (line: string) => {
    const found = form.exec(line)?.[1];
    if (found !== undefined) resolve(found);
  });
  lines.on('close', () => {
    reject(new Error(`expected the demo to print ${String(form)}, and it ended`));
  });
  return promise;
}
