import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createJsonReader, createStrangersRoom, MAX_BODY_BYTES } from './body.ts';
import { ProblemError } from './problem.ts';

const readJson = createJsonReader(createStrangersRoom());

function post(
  body: string | Uint8Array<ArrayBuffer> | ReadableStream | null,
  headers: Record<string, string> = {},
): Request {
  const stream = body instanceof ReadableStream ? ({ duplex: 'half' } as const) : {};
  return new Request('http://x/', { method: 'POST', headers, body, ...stream });
}

const JSON_TYPE = { 'content-type': 'application/json' };

async function assertRefused(request: Request, status: number, detail: RegExp): Promise<void> {
  await assert.rejects(readJson(request, 'a'), (error) => {
    assert.ok(error instanceof ProblemError, String(error));
    assert.equal(error.problem.status, status);
    assert.match(error.problem.detail, detail);
    assert.ok(error.problem.detail.length < 300);
    return true;
  });
}

describe('read', () => {
  for (const type of [
    'application/json',
    'Application/JSON; charset=utf-8',
    'application/vnd.x+json',
    'application/json ;x=y',
  ]) {
    test(type, async () => assert.deepEqual(await readJson(post('{"a":1}', { 'content-type': type }), 'a'), { a: 1 }));
  }

  test('with a byte order mark', async () => {
    assert.deepEqual(await readJson(post('\ufeff{"a":1}', JSON_TYPE), 'a'), { a: 1 });
  });

  test('a character that is cut in two by the chunks', async () => {
    const bytes = new TextEncoder().encode('{"a":"größer"}');
    const stream = ReadableStream.from([bytes.slice(0, 8), bytes.slice(8)]);
    assert.deepEqual(await readJson(post(stream, JSON_TYPE), 'a'), { a: 'größer' });
  });

  test('with an encoding that is none', async () => {
    assert.equal(await readJson(post('1', { ...JSON_TYPE, 'content-encoding': 'Identity' }), 'a'), 1);
  });
});

describe('refused', () => {
  for (const type of [
    'text/plain',
    'application/jsonp',
    'application/xml',
    'text/json',
    'json',
    'application/json+x',
  ]) {
    test(type, async () => assertRefused(post('{}', { 'content-type': type }), 415, /expected content type/));
  }

  test('another encoding', async () => {
    await assertRefused(post('{}', { ...JSON_TYPE, 'content-encoding': 'br' }), 415, /content encoding, got "br"/);
  });

  test('no body, and white space', async () => {
    await assertRefused(post(null, JSON_TYPE), 400, /an empty one/);
    await assertRefused(post(' \n', JSON_TYPE), 400, /an empty one/);
  });

  test('no JSON, with the reason in printable characters', async () => {
    await assertRefused(post('{"password":"hunter2"', JSON_TYPE), 400, /^expected JSON: "[\x20-\x7e]*"$/);
    await assertRefused(post('\u0007', JSON_TYPE), 400, /^expected JSON: "[\x20-\x7e]*"$/);
  });

  test('no UTF-8', async () => {
    await assertRefused(post(new Uint8Array([0x22, 0xc3, 0x28, 0x22]), JSON_TYPE), 400, /UTF-8/);
  });

  test('what ends in the middle, announced or not', async () => {
    for (const announced of [{}, { 'content-length': '9' }]) {
      const stream = new ReadableStream({ pull: (controller) => controller.error(new Error('aborted')) });
      await assertRefused(post(stream, { ...JSON_TYPE, ...announced }), 400, /before the end of the body/);
    }
  });

  test('too much, by what it says before it is read', async () => {
    const stream = new ReadableStream({ pull: () => assert.fail('it is read') }, { highWaterMark: 0 });
    const headers = { ...JSON_TYPE, 'content-length': String(MAX_BODY_BYTES + 1) };
    await assertRefused(post(stream, headers), 413, /at most 16 MiB/);
  });

  test('too much, by what comes, and no more of it is read', async () => {
    let read = 0;
    const mebibyte = new Uint8Array(1024 * 1024);
    const stream = new ReadableStream({
      pull: (controller) => {
        read += mebibyte.length;
        controller.enqueue(mebibyte);
      },
    });
    await assertRefused(post(stream, JSON_TYPE), 413, /at most 16 MiB/);
    assert.ok(read < MAX_BODY_BYTES + 4 * mebibyte.length);
  });
});

describe('bodies that never end', () => {
  const MEBIBYTE = 1024 * 1024;
  /** As much of a body as this, and then nothing. */
  function unfinished(mebibytes: number): Request {
    const part = new TextEncoder().encode(`"${'x'.repeat(mebibytes * MEBIBYTE)}`);
    return post(new ReadableStream({ start: (controller) => controller.enqueue(part) }), JSON_TYPE);
  }
  const whole = (mebibytes: number): Request =>
    post(ReadableStream.from([new TextEncoder().encode(`"${'x'.repeat(mebibytes * MEBIBYTE)}"`)]), JSON_TYPE);
  /** Begins to read, and resolves when nothing more comes. */
  async function begin(read: ReturnType<typeof createJsonReader>, ...args: Parameters<typeof read>) {
    const ended = read(...args).then(
      () => 200,
      (error: unknown) => (error instanceof ProblemError ? error.problem.status : String(error)),
    );
    await new Promise(setImmediate);
    return ended;
  }
  const inspect = (): void => undefined;

  test('make room for one that does, the longest silent first', async () => {
    const read = createJsonReader(createStrangersRoom());
    const slow = Array.from({ length: 4 }, async () => begin(read, unfinished(15), 'slow'));
    await new Promise(setImmediate);
    assert.equal(await begin(read, whole(15), 'slow'), 200);
    assert.equal(await slow[0], 503);
    assert.equal(typeof (await read(whole(15), 'quick')), 'string');
  });

  test('of one sender take no room of another, however little it has sent', async () => {
    const read = createJsonReader(createStrangersRoom());
    const { promise: slow, resolve } = Promise.withResolvers<void>();
    const little = post(
      new ReadableStream({
        start: async (controller) => {
          controller.enqueue(new TextEncoder().encode('"a'));
          await slow;
          controller.enqueue(new TextEncoder().encode('b"'));
          controller.close();
        },
      }),
      JSON_TYPE,
    );
    const first = read(little, 'alertmanager');
    const ends = Array.from({ length: 9 }, async () => begin(read, unfinished(15), 'slow'));
    assert.deepEqual(await Promise.all(ends.slice(0, 5)), [503, 503, 503, 503, 503]);
    resolve();
    assert.equal(await first, 'ab');
  });

  test('of strangers take no room of senders with a token, and of other strangers none either', async () => {
    const read = createJsonReader(createStrangersRoom());
    for (let turn = 0; turn < 20; turn += 1) void begin(read, unfinished(15), '203.0.113.1', inspect);
    await new Promise(setImmediate);
    assert.equal(typeof (await read(whole(15), 'alertmanager')), 'string');
    assert.equal(typeof (await read(whole(15), '10.0.0.1', inspect)), 'string');
  });
});
