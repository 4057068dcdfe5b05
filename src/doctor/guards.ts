/** The verdicts of the guards on a machine as it is now. */
import { judge, type Judged, type Judgement } from '../domain/guard.ts';
import type { GuardSettings } from '../domain/guard-settings.ts';
import { describeInstance, type Instance } from '../domain/instance.ts';
import { readHoldTag } from '../domain/hold-tag.ts';
import type { Client, Verb } from '../domain/intent.ts';
import { NO_EVIDENCE } from '../domain/verdict.ts';
import { SILENCE } from '../domain/voice.ts';
import { findingsOf, report, type Finding } from './finding.ts';

export interface GuardQuestion {
  readonly settings: GuardSettings;
  readonly client: Client;
  readonly now: number;
}

/** Judges as for an alert that has just begun, with nothing else going on. */
export function askGuards({ settings, client, now }: GuardQuestion, verb: Verb, instance: Instance): Judgement {
  return judge({
    instance,
    now,
    settings,
    // People may say more, but the machine's own tag holds it in any case.
    evidence: { ...NO_EVIDENCE, voice: SILENCE },
    intent: {
      verb,
      client,
      dryRun: false,
      target: { kind: 'instance', id: instance.id, text: instance.id },
      cause: { by: 'alert', fingerprint: 'doctor', alertname: 'doctor', beganAt: now },
    },
  });
}

/** A finding for each guard that would hold a stop or start back, or one that says that all guards allow it. */
export function checkGuards(question: GuardQuestion, instance: Instance, about: string): readonly Finding[] {
  const { ok } = report('guards', about);
  const said = new Set<string>();
  const findings: Finding[] = [];
  for (const verb of ['stop', 'start'] as const) {
    const { verdict, verdicts } = askGuards(question, verb, instance);
    // Most guards say the same about both verbs.
    const news = verdicts.filter(({ guard, message }) => !said.has(`${guard} ${message ?? ''}`));
    news.forEach(({ guard, message }) => said.add(`${guard} ${message ?? ''}`));
    findings.push(...findingsOf(news.map((judged) => sayVerdict(judged, verb, about))));
    if (verdict.verdict === 'allow') findings.push(ok(`the guards let an alert ${verb} ${describeInstance(instance)}`));
  }
  findings.push(...checkHoldTag(question, instance, about));
  return findings;
}

/** A text that nobody can read holds the machine for ever. */
function checkHoldTag({ settings, now }: GuardQuestion, instance: Instance, about: string): readonly Finding[] {
  const tag = readHoldTag(instance.tags, settings, now);
  if (tag === undefined || Number.isFinite(tag.until)) return [];
  const change = 'write a date or a time into the tag, or remove it: docs/people.md#holds';
  return [report('hold_tag', about).warning(`is held without an end: ${tag.told}`, change)];
}

function sayVerdict({ guard, verdict, message = '' }: Judged, verb: Verb, about: string): Finding | undefined {
  const { warning, error, info } = report('guards', about);
  if (verdict === 'refuse') {
    const evidence = `would refuse to ${verb} it: ${message} (guard ${guard})`;
    // An opt-out is the owner's decision, not a fault.
    const say = guard === 'opt_out' ? warning : error;
    return say(evidence, CHANGES[guard] ?? 'docs/guards.md says what this guard requires, and how to turn it off');
  }
  if (verdict === 'wait') return info(`would ${verb} it later: ${message} (guard ${guard})`);
  return message === '' ? undefined : info(`${message} (guard ${guard})`);
}

const CHANGES: Readonly<Record<string, string>> = {
  not_gone: 'look for the machine that has replaced it',
  require_tag: 'tag the machine as `guards.require_tag` requires',
  opt_out: 'change the tag if the operator may start and stop the machine',
  managed: 'leave it to the service that manages it',
  asg_member:
    'scale the group instead, because it would replace the machine; if the tag names no group, list it in `guards.asg_member.except`',
  root_device: 'nothing: a machine with its root on an instance store can only be terminated',
};
