import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageOf, type LinkAbout, type Message, type MessageSettings } from './message.ts';
import type { News } from './notice.ts';

const NOW = Date.parse('2026-11-27T13:15:00Z');
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const machine = {
  id: 'i-0a1b2c3d4e5f60007',
  name: 'gpu-7',
  region: 'eu-central-1',
  account: 'research',
  type: 'g5.xlarge',
  owner: 'pia@example.com',
};
const about = { at: NOW, machine, operation: 'op-1' };
const grounds = {
  cause: 'alert',
  by: 'UnusedGPU',
  evidence: 'No GPU was used more than 2 % for 30 minutes.',
  since: Date.parse('2026-11-27T12:20:00Z'),
  losesDisk: true,
} as const;
const warning = { kind: 'warning', ...about, ...grounds, warnedAt: NOW, stopsAt: NOW + 15 * MINUTE } as const;

function tell(news: News, settings: Partial<MessageSettings> = {}): Message {
  return messageOf(news, { zone: 'Europe/Berlin', now: NOW, isQuiet: false, subject: 'op-1:1', ...settings });
}

/** Signs nothing, and keeps what it was asked for. */
function linker(): { readonly asked: LinkAbout[]; readonly linkTo: (link: LinkAbout) => string } {
  const asked: LinkAbout[] = [];
  return { asked, linkTo: (link) => `https://ec2.example.com/l/${asked.push(link)}` };
}

test('a warning says what happens and when, why, what is lost and kept, and how to say no', () => {
  const { title, text, facts } = tell(warning, { ...linker(), recipient: 'pia@example.com' });
  assert.equal(title, 'gpu-7 stops at 14:30 CET');
  assert.equal(
    text,
    'No GPU was used more than 2 % for 30 minutes (alert UnusedGPU since 13:20 CET). If you still need it, keep it. Otherwise it stops at 14:30 CET, unless the alert is over by then. Lost then: what runs on it, its memory, and its local scratch disk. Kept: its other disks. Its public address may change.',
  );
  assert.deepEqual(Object.fromEntries(facts.map(({ name, value }) => [name, value])), {
    Stops: '14:30 CET',
    Alert: 'UnusedGPU',
    Since: '13:20 CET',
    Machine: 'gpu-7 (i-0a1b2c3d4e5f60007)',
    Owner: 'pia@example.com',
    Type: 'g5.xlarge',
    Place: 'account research, region eu-central-1',
  });
});

test('in a channel of several people each of them may say no', () => {
  assert.match(tell(warning, linker()).text, /If you or a colleague still needs it, keep it\./);
});

test('links carry what they are signed for, and end when they are of no more use', () => {
  const { asked, linkTo } = linker();
  const { links } = tell(warning, { linkTo, recipient: 'pia@example.com' });
  assert.deepEqual(
    links.map(({ purpose, label }) => [purpose, label]),
    [
      ['keep', 'Keep it'],
      ['see', 'See why'],
    ],
  );
  const { type: _type, owner: _owner, ...instance } = machine;
  assert.deepEqual(asked[0], {
    purpose: 'keep',
    instance,
    operation: 'op-1',
    subject: 'op-1:1',
    recipient: 'pia@example.com',
    expiresAt: NOW + 15 * MINUTE + DAY,
  });
  tell({ kind: 'stopped', ...about, ...grounds, message: '' }, { linkTo });
  assert.deepEqual([asked[2]?.purpose, asked[2]?.expiresAt], ['wake', NOW + 14 * DAY]);
});

test('only a channel that can show it gets a link that acts by itself, and it ends with the warning', () => {
  const { asked, linkTo } = linker();
  assert.equal(tell(warning, { linkTo, mayAct: true }).links[1]?.purpose, 'keep_now');
  assert.equal(asked[1]?.expiresAt, warning.stopsAt);
  assert.ok(tell(warning, { linkTo }).links.every(({ purpose }) => purpose !== 'keep_now'));
});

test('without links a message names the commands, by the id', () => {
  const { links, text } = tell(warning);
  assert.deepEqual(links, []);
  assert.ok(text.endsWith('To keep it: ec2-operator hold i-0a1b2c3d4e5f60007 --for 4h'));
});

test('times in the sentences of operations are told at the reader’s clock', () => {
  const message = `gpu-7 (i-0a1b2c3d4e5f60007, eu-central-1a) is held: pia holds it until 2026-11-28T08:00:00.000Z ("training")`;
  const until = Date.parse('2026-11-28T08:00:00Z');
  const { title, text } = tell({ kind: 'kept', ...about, by: 'hold', until, message });
  assert.equal(title, 'gpu-7 keeps running until Sat 28 Nov 09:00 CET');
  assert.match(text, /It is being kept: pia holds it until Sat 28 Nov 09:00 CET \("training"\)\./);
});

test('a further channel reads why it is told: nobody else was, or the machine is kept often', () => {
  assert.match(tell({ ...warning, isEscalation: true }).text, /^Nobody else could be told of it so far\. No GPU/);
  const often = { times: 3, since: NOW - 7 * DAY };
  const { text } = tell({ kind: 'kept', ...about, by: 'hold', message: '', often });
  assert.match(text, /It was kept 3 times since Fri 20 Nov 14:15 CET\./);
});

test('a stop that does not happen says whether it may still come, and whether the machine runs', () => {
  const told = (reason: string, message = 'cancelled by pia'): Message =>
    tell({ kind: 'not_stopped', ...about, reason, message }, linker());
  assert.match(told('by_person').text, /^Cancelled by pia\./);
  assert.match(told('by_person').title, /called off at 14:15 CET$/);
  assert.match(told('paused', 'ops paused everything').title, /put off at 14:15 CET$/);
  assert.match(told('paused', 'ops paused everything').text, /still be stopped later/);
  assert.match(told('already_in_state').title, /is stopped already/);
  assert.equal(told('already_in_state').links[0]?.purpose, 'wake');
  assert.match(told('terminated').title, /no longer exists/);
});

test('no name of a guard reaches people', () => {
  const { text } = tell({
    kind: 'not_stopped',
    ...about,
    reason: 'windows',
    message: 'not before ten (guard windows)',
  });
  assert.doesNotMatch(text, /guard/);
});

test('a start that waits for capacity counts its tries and names the next', () => {
  const capacity = { kind: 'capacity', ...about, isOver: false, tries: 3, nextTryAt: NOW + 5 * MINUTE } as const;
  const { title, text } = tell({ ...capacity, message: 'InsufficientInstanceCapacity: none' });
  assert.equal(title, 'gpu-7 still waits to start: next try at 14:20 CET');
  assert.match(text, /3 tries so far, the next at 14:20 CET/);
  assert.match(tell({ ...capacity, message: 'VcpuLimitExceeded: too many' }).text, /quota/);
  assert.match(tell({ ...capacity, isOver: true, message: '' }).text, /at the 3rd try/);
});

test('a machine that is ready is told with its address and the line to log in', () => {
  const news: News = { kind: 'ready', ...about, addresses: ['3.120.1.2', '10.0.1.5'] };
  const { title, text, facts } = tell(news, { now: NOW + 3 * MINUTE });
  assert.equal(title, 'gpu-7 is ready (14:18 CET)');
  assert.match(text, /ssh 3\.120\.1\.2$/);
  assert.equal(facts.find(({ name }) => name === 'Address')?.value, '3.120.1.2, 10.0.1.5');
});

test('a failed start says what went wrong and offers another try, a failed stop does not', () => {
  const failed = { kind: 'failed', ...about, reason: 'ec2_error', message: 'EC2 said no' } as const;
  const start = tell({ ...failed, verb: 'start' }, linker());
  assert.match(start.text, /^AWS answered with an error\..*Try again.*In detail: EC2 said no\./);
  assert.equal(start.links[0]?.purpose, 'wake');
  assert.equal(tell({ ...failed, verb: 'stop' }, linker()).links[0]?.purpose, 'see');
});

test('a machine without a name, or with a name that nobody can see, is told by its id', () => {
  const { name: _name, ...nameless } = machine;
  for (const shown of [nameless, { ...machine, name: '\u200b\u202e \n' }]) {
    const { title, facts } = tell({ ...warning, machine: shown });
    assert.equal(title, 'i-0a1b2c3d4e5f60007 stops at 14:30 CET');
    assert.equal(facts.find(({ name }) => name === 'Machine')?.value, 'i-0a1b2c3d4e5f60007');
  }
});
