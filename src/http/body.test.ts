import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createJsonReader, MAX_BODY_BYTES } from './body.ts';

const readJson = createJsonReader();
import { ProblemError } from './problem.ts';

function post(
  body: string | Uint8Array<ArrayBuffer> | ReadableStream | null,
  headers: Record<string, string> = {},
): Request {
  const stream = body instanceof ReadableStream ? ({ duplex: 'half' } as const) : {};
  return new Request('http://x/', { method: 'POST', headers, body, ...stream });
}

const JSON_TYPE = { 'content-type': 'application/json' };

async function assertRefused(request: Request, status: number, detail: RegExp): Promise<void> {
  await assert.rejects(readJson(request), (error) => {
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
    test(type, async () => assert.deepEqual(await readJson(post('{"a":1}', { 'content-type': type })), { a: 1 }));
  }

  test('with a byte order mark', async () => {
    assert.deepEqual(await readJson(post('\ufeff{"a":1}', JSON_TYPE)), { a: 1 });
  });

  test('a character that is cut in two by the chunks', async () => {
    const bytes = new TextEncoder().encode('{"a":"größer"}');
    const stream = ReadableStream.from([bytes.slice(0, 8), bytes.slice(8)]);
    assert.deepEqual(await readJson(post(stream, JSON_TYPE)), { a: 'größer' });
  });

  test('with an encoding that is none', async () => {
    assert.equal(await readJson(post('1', { ...JSON_TYPE, 'content-encoding': 'Identity' })), 1);
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
      await assertRefused(post(stream, { ...JSON_TYPE, ...announced }), 400, /before the whole body had come/);
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

test('large bodies that come slowly are turned away before they fill the memory, and room is made again', async () => {
  const read = createJsonReader();
  const gate = Promise.withResolvers<void>();
  const slow = (): Request => {
    const stream = new ReadableStream<Uint8Array>({
      start: async (controller) => {
        controller.enqueue(new TextEncoder().encode(`"${'x'.repeat(15 * 1024 * 1024)}`));
        await gate.promise;
        controller.enqueue(new TextEncoder().encode('"'));
        controller.close();
      },
    });
    return new Request('http://x/', {
      method: 'POST',
      body: stream,
      duplex: 'half',
      headers: { 'content-type': 'application/json' },
    });
  };
  const bodies = Promise.allSettled(Array.from({ length: 5 }, async () => read(slow())));
  setImmediate(gate.resolve);
  const outcomes = (await bodies).map((body) =>
    body.status === 'fulfilled' ? 200 : (body.reason as ProblemError).problem.status,
  );
  assert.deepEqual(outcomes, [200, 200, 200, 200, 503]);
  assert.equal(typeof (await read(slow())), 'string');
});
