import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from './log.ts';
import { createNoticeLog, type TriedNotice } from './notice-log.ts';

async function watch(tried: readonly Partial<TriedNotice>[]): Promise<{ lines: string[]; counts: string[] }> {
  const lines: string[] = [];
  const counts: string[] = [];
  const write = (text: string): void => {
    const { level, channel, message } = JSON.parse(text) as Record<string, string>;
    lines.push(`${level} ${channel} ${message}`);
  };
  const log = await createLog({ level: 'info', format: 'json', destination: { write } });
  const tell = createNoticeLog(log, {
    noticeEnded: ({ channel, kind, outcome }) => void counts.push(`${channel} ${kind} ${outcome}`),
    noticeHanded: ({ channel }, isRepeated) => void counts.push(`${channel} ${isRepeated ? 'again' : 'once'}`),
  });
  const usual = { id: 'n', channel: 'ops', kind: 'warning', outcome: 'sent', isHanded: true, ms: 5 } as const;
  for (const one of tried) tell({ ...usual, ...one });
  return { lines, counts };
}

test('a channel that fails for ever is told once for each kind of failure, and when it is over', async () => {
  const gone = { outcome: 'failed', error: 'status 404: "no such hook 17"' } as const;
  const { lines } = await watch([
    gone,
    { ...gone, error: 'status 404: "no such hook 18"' },
    { channel: 'bus', ...gone },
    { outcome: 'later', error: 'no answer (ECONNREFUSED)' },
    { outcome: 'later', error: 'no answer (ECONNREFUSED)' },
    { outcome: 'failed', error: 'given up: no answer (ECONNREFUSED)' },
    {},
    {},
    gone,
  ]);
  const alike = 'Others that fail alike are counted, and logged at debug only';
  assert.deepEqual(lines, [
    `error ops a notice was not sent: status 404: "no such hook 17"; it is given up. ${alike}`,
    `error bus a notice was not sent: status 404: "no such hook 17"; it is given up. ${alike}`,
    `error ops a notice was not sent: no answer (ECONNREFUSED); it is tried again. ${alike}`,
    `error ops a notice was not sent: given up: no answer (ECONNREFUSED); it is given up. ${alike}`,
    'info ops a notice was sent',
    'info ops the channel takes notices again',
    'info ops a notice was sent',
    `error ops a notice was not sent: status 404: "no such hook 17"; it is given up. ${alike}`,
  ]);
});

test('a notice that the channel never had is no failure of it', async () => {
  const { lines, counts } = await watch([
    { outcome: 'outdated', error: 'its operation has ended', isHanded: false },
    { outcome: 'later', error: 'not ready', isHanded: false, kind: 'ready' },
    { outcome: 'later', error: 'status 500' },
    {},
  ]);
  assert.deepEqual(lines.length, 3, 'the failure, the notice that was sent, and the end of the failures');
  assert.deepEqual(counts, ['ops warning outdated', 'ops again', 'ops warning sent', 'ops once']);
});
