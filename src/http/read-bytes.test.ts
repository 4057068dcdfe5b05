import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from './problem.ts';
import { readBytes } from './read-bytes.ts';
import { createRoom, type Enter } from './room.ts';

const spacious = createRoom(1_000_000, () => new ProblemError(503, 'full'));

async function read(body: ReadableStream, enter: Enter = spacious, mostBytes = 500): Promise<string> {
  const request = new Request('http://x/', { method: 'POST', body, duplex: 'half' });
  return new TextDecoder().decode(await readBytes(request, { sender: 'a', enter, mostBytes, tooLarge: 'less' }));
}

/** Each byte in a chunk of its own, and all of them in the same memory. */
function dripping(text: string): ReadableStream {
  const chunk = new Uint8Array(1);
  const bytes = new TextEncoder().encode(text).values();
  return new ReadableStream(
    {
      pull: (controller) => {
        const { done, value } = bytes.next();
        if (done === true) {
          controller.close();
          return;
        }
        chunk[0] = value;
        controller.enqueue(chunk);
      },
    },
    { highWaterMark: 0 },
  );
}

test('no chunk is kept: what they hold is copied', async () => {
  const text = 'größer '.repeat(30);
  assert.equal(await read(dripping(text)), text);
  assert.equal(await read(dripping('x'.repeat(500))), 'x'.repeat(500));
  await assert.rejects(read(dripping('x'.repeat(501))), /less/);
});

test('the room counts the memory that a body takes, and only until it is read', async () => {
  let taken = 0;
  let most = 0;
  const room: Enter = (sender) => {
    const share = spacious(sender);
    let own = 0;
    return {
      ...share,
      grow: (bytes) => {
        own += bytes;
        taken += bytes;
        most = Math.max(most, taken);
        share.grow(bytes);
      },
      leave: () => {
        taken -= own;
        share.leave();
      },
    };
  };
  await read(dripping('x'.repeat(300)), room);
  assert.ok(most >= 300 && most <= 500, String(most));
  assert.equal(taken, 0);
});
