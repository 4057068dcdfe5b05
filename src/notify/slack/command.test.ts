import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readAsked } from './command.ts';
import { readClick, readCommand } from './payloads.ts';

const HOUR = 3_600_000;

test('what is asked, of which machine, and for how long', () => {
  assert.deepEqual(readAsked('status gpu-1'), { asked: 'status', host: 'gpu-1' });
  assert.deepEqual(readAsked('  HOLD   gpu-1   2h '), { asked: 'hold', host: 'gpu-1', forMs: 2 * HOUR });
  assert.deepEqual(readAsked('hold gpu-1'), { asked: 'hold', host: 'gpu-1' });
  assert.deepEqual(readAsked('start training box 90m'), { asked: 'start', host: 'training box', forMs: 1.5 * HOUR });
  assert.deepEqual(readAsked('status box 2h'), { asked: 'status', host: 'box 2h' });
});

test('a machine whose name looks like a time is a machine', () => {
  assert.deepEqual(readAsked('hold 2h'), { asked: 'hold', host: '2h' });
  assert.deepEqual(readAsked('hold 2h 4h'), { asked: 'hold', host: '2h', forMs: 4 * HOUR });
});

test('Slack escapes three characters, and makes links of addresses', () => {
  assert.deepEqual(readAsked('hold <http://gpu-1.example.com|gpu-1.example.com> 2h'), {
    asked: 'hold',
    host: 'gpu-1.example.com',
    forMs: 2 * HOUR,
  });
  assert.deepEqual(readAsked('status R&amp;D &lt;box&gt;'), { asked: 'status', host: 'R&D <box>' });
  assert.deepEqual(readAsked('status &amp;lt;'), { asked: 'status', host: '&lt;' });
});

test('anything else is answered by the help', () => {
  for (const text of ['', 'help', 'hold', 'stop gpu-1', 'constructor x', '2h'])
    assert.deepEqual(readAsked(text), { asked: 'help' });
});

test('no payload and no text is more than is read of it', () => {
  fc.assert(
    fc.property(fc.anything(), fc.string({ unit: 'binary' }), (payload, text) => {
      assert.equal(readClick(payload), undefined);
      assert.equal(readCommand(payload), undefined);
      const asked = readAsked(text);
      if (asked.asked !== 'help') assert.notEqual(asked.host, '');
    }),
  );
});
