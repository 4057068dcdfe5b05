/** Webhook bodies: those that were collected, with hostile pieces put in, taken away and said twice. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { addressOf, idOf } from '../support/fleet.ts';
import { anyText, json, text } from './hostile.ts';
import { DRY_BAIT } from './site.ts';

const FOLDER = new URL('../fixtures/webhook/', import.meta.url);
const FIXTURES: readonly unknown[] = readdirSync(FOLDER).map((file): unknown =>
  JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')),
);
const ALERTS: readonly unknown[] = FIXTURES.flatMap((body) => {
  if (typeof body !== 'object' || body === null || !('alerts' in body) || !Array.isArray(body.alerts)) return [];
  const alerts: readonly unknown[] = body.alerts;
  return alerts;
});

/** The names that mean something, and some that mean something to JavaScript. */
const LABELS = [
  'action',
  'client',
  'dryrun',
  'hostname',
  'instance',
  'instance_id',
  'region',
  'account',
  'ec2_region',
  'ec2_account',
  'ec2_client',
  'on_resolved',
  'alertname',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '',
  '0',
  'Σ',
  '\ud83d\ude42',
];
const ENVELOPE = [
  'receiver',
  'status',
  'groupKey',
  'truncatedAlerts',
  'version',
  'commonLabels',
  'externalURL',
  '__proto__',
];

const member = (names: readonly string[], values: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: text }), values)
    .map(([name, value]) => `${JSON.stringify(name)}:${value}`);

/** Likely values come often, so that an alert is hostile in one place and good in all others. */
const labelValue = fc.oneof(json, fc.constantFrom('"stop"', '"start"', '"false"', '"native"', '"cli"'));
const labels = fc.array(member(LABELS, labelValue), { maxLength: 8 }).map((members) => `{${members.join()}}`);

/** One that would be acted on, were it not for what comes behind: of two members with one name the last counts. */
const nearlyGood = fc
  .tuple(
    fc.constantFrom('hostname', 'instance', 'instance_id'),
    text,
    fc.array(member(LABELS, labelValue), { maxLength: 2 }),
    fc.constantFrom('firing', 'resolved'),
  )
  .map(([name, target, more, status]) => {
    const all = [`"action":"stop","dryrun":"false","${name}":${JSON.stringify(target)}`, ...more];
    return `{"status":"${status}","labels":{${all.join()}}}`;
  });

/** One that asks for a stop, and does not clearly say that it is meant: its machine is named by nothing else. */
const nearlyWet = json
  .filter((dryrun) => !/^"(?:0|f|F|false|FALSE|False)"$/.test(dryrun))
  .map((dryrun) => {
    const all = { action: 'stop', hostname: addressOf(DRY_BAIT), instance: idOf(DRY_BAIT) };
    return `{"status":"firing","labels":${JSON.stringify(all).slice(0, -1)},"dryrun":${dryrun}}}`;
  });

const fields: Readonly<Record<string, fc.Arbitrary<string>>> = {
  status: fc.oneof(fc.constantFrom('"firing"', '"resolved"'), json),
  labels: fc.oneof({ weight: 4, arbitrary: labels }, { weight: 1, arbitrary: json }),
  startsAt: json,
  endsAt: json,
  fingerprint: json,
  annotations: json,
  generatorURL: json,
};
const built = fc
  .array(
    fc.constantFrom(...Object.entries(fields)).chain(([name, value]) => value.map((given) => `"${name}":${given}`)),
    {
      maxLength: 8,
    },
  )
  .map((members) => `{${members.join()}}`);

/** One of the collected ones, with a piece of its text replaced. */
const collected = fc
  .tuple(fc.constantFrom(...ALERTS), fc.nat(), json, fc.boolean())
  .map(([alert, at, piece, isWhole]) => {
    const whole = JSON.stringify(alert);
    const values = [...whole.matchAll(/(?<=:)(?:"(?:[^"\\]|\\.)*"|\d+|null|true|false)/g)];
    const value = values[at % Math.max(1, values.length)];
    if (isWhole || value === undefined) return whole;
    return whole.slice(0, value.index) + piece + whole.slice(value.index + value[0].length);
  });

/** One entry of `alerts[]`. Most of them are JSON. */
export const hostileAlert: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: nearlyGood },
  { weight: 1, arbitrary: nearlyWet },
  { weight: 2, arbitrary: built },
  { weight: 2, arbitrary: collected },
  { weight: 1, arbitrary: json },
);

/** Members of a delivery beside its alerts. */
export const envelope: fc.Arbitrary<string> = fc
  .array(member(ENVELOPE, json), { maxLength: 4 })
  .map((members) => members.join());

/** Anything at all, as the body of a webhook. */
export const anyBody: fc.Arbitrary<string> = fc.oneof(
  json,
  fc.constantFrom(...FIXTURES).map((body) => JSON.stringify(body)),
  fc.tuple(fc.array(hostileAlert, { maxLength: 3 }), envelope).map(([alerts, more]) => {
    return `{"alerts":[${alerts.join()}]${more === '' ? '' : `,${more}`}}`;
  }),
  fc.tuple(fc.constantFrom(...FIXTURES), fc.nat(), fc.nat({ max: 40 }), anyText(6)).map(([body, at, cut, piece]) => {
    const whole = JSON.stringify(body);
    const from = at % whole.length;
    return whole.slice(0, from) + piece + whole.slice(from + cut);
  }),
);

export function isJson(body: string): boolean {
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}
