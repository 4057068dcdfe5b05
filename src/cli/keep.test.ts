import assert from 'node:assert/strict';
import { EventEmitter, on, once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { findFreePort } from '../../test/support/free-port.ts';
import { idOf } from '../../test/support/fleet.ts';
import { startOperator, type Operator } from '../../test/support/operator.ts';
import { holdsAnswerSchema } from '../http/hold-schemas.ts';
import { keepMachine, type Keeping } from './keep.ts';
import { render, type Screen } from './screen.ts';

interface Kept {
  readonly keeping: Keeping;
  /** Resolves with the next line on standard error. */
  readonly note: () => Promise<string>;
}

function keep(url: string): Kept {
  const news = new EventEmitter();
  const notes = on(news, 'note');
  const none = (): undefined => undefined;
  const screen: Screen = {
    isTerminal: false,
    columns: none,
    write: none,
    note: (line) => news.emit('note', render(line, false)),
    json: none,
    redraw: none,
  };
  const keeping = keepMachine({
    environment: { EC2_OPERATOR_URL: url },
    screen,
    findTarget: async () => Promise.resolve(idOf(1)),
    holder: 'run-1',
    why: 'a test',
    meanwhile: 'The command goes on',
    renewMs: 20,
  });
  return {
    keeping,
    note: async () => {
      const { value } = await notes.next();
      return String(value?.[0]);
    },
  };
}

async function endOf(operator: Operator): Promise<string | undefined> {
  const { text } = await operator.request('/api/v1/holds');
  return holdsAnswerSchema.parse(JSON.parse(text)).holds[0]?.until;
}

/** Resolves once the hold ends later than then. */
async function renewed(operator: Operator, then = ''): Promise<string> {
  for (;;) {
    const until = (await endOf(operator)) ?? '';
    if (until > then) return until;
  }
}

test('a hold is renewed again and again, and released', async () => {
  await using operator = await startOperator();
  const { keeping } = keep(operator.url);
  let until = await renewed(operator);
  for (let round = 0; round < 3; round += 1) until = await renewed(operator, until);
  await keeping.release();
  assert.equal(await endOf(operator), undefined);
});

test('trouble is told once, with the time until which the machine is held, and so is its end', async () => {
  const PORT = String(await findFreePort());
  await using first = await startOperator({ environment: { PORT } });
  const { keeping, note } = keep(first.url);
  await renewed(first);
  await first.stop();
  assert.match(
    await note(),
    new RegExp(
      `^ec2-operator: the hold of ${idOf(1)} is not renewed, and ends at .+\\. The command goes on, and the hold`,
    ),
  );
  await using second = await startOperator({ after: first, environment: { PORT } });
  assert.match(await note(), new RegExp(`^ec2-operator: ${idOf(1)} is held again, until \\d\\d:\\d\\d:\\d\\d$`));
  await keeping.release();
  assert.equal(await endOf(second), undefined);
});

test('a release that nobody hears says how long the machine stays held, and does not fail', async () => {
  await using operator = await startOperator();
  const { keeping, note } = keep(operator.url);
  await renewed(operator);
  await operator.stop();
  const first = note();
  await keeping.release();
  const told = await first;
  assert.match(/is not released/.test(told) ? told : await note(), /is not released, and stays held until \d\d:/);
});

test('a hold that is still being made at the end may stand for a while, and is told', async () => {
  // It never answers.
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const asked = once(server, 'request');
  const { keeping, note } = keep(`http://127.0.0.1:${address.port}`);
  await asked;
  const told = note();
  await keeping.release();
  assert.match(await told, /a hold was still being made: i-0+1 may stay held for 5m$/);
  server.closeAllConnections();
  server.close();
});
