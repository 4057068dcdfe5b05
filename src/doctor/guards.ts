/** What the guards say about a machine in its present state. */
import { judge, type Judged, type Judgement } from '../domain/guard.ts';
import type { GuardSettings } from '../domain/guard-settings.ts';
import { describeInstance, type Instance } from '../domain/instance.ts';
import type { Client, Verb } from '../domain/intent.ts';
import { NO_EVIDENCE } from '../domain/verdict.ts';
import { report, type Finding } from './finding.ts';

export interface GuardQuestion {
  readonly settings: GuardSettings;
  readonly client: Client;
  readonly now: number;
}

/** Asked as for an alert that has just begun, with nothing else going on. */
export function askGuards({ settings, client, now }: GuardQuestion, verb: Verb, instance: Instance): Judgement {
  return judge({
    instance,
    now,
    settings,
    evidence: NO_EVIDENCE,
    intent: {
      verb,
      client,
      dryRun: false,
      target: { kind: 'instance', id: instance.id, text: instance.id },
      cause: { by: 'alert', fingerprint: 'doctor', alertname: 'doctor', beganAt: now },
    },
  });
}

/** A finding for every guard that would hold a stop or start back, or one that all of them allow it. */
export function checkGuards(question: GuardQuestion, instance: Instance, about: string): readonly Finding[] {
  const { ok } = report('guards', about);
  const said = new Set<string>();
  const findings: Finding[] = [];
  for (const verb of ['stop', 'start'] as const) {
    const { verdict, verdicts } = askGuards(question, verb, instance);
    // Most guards say the same of both verbs.
    const news = verdicts.filter(({ guard, message }) => !said.has(`${guard} ${message ?? ''}`));
    news.forEach(({ guard, message }) => said.add(`${guard} ${message ?? ''}`));
    findings.push(...news.flatMap((judged) => sayVerdict(judged, verb, about)));
    if (verdict.verdict === 'allow') findings.push(ok(`the guards let an alert ${verb} ${describeInstance(instance)}`));
  }
  return findings;
}

function sayVerdict({ guard, verdict, message = '' }: Judged, verb: Verb, about: string): readonly Finding[] {
  const { warning, error, info } = report('guards', about);
  if (verdict === 'refuse') {
    const evidence = `would refuse to ${verb} it: ${message} (guard ${guard})`;
    // An owner's opt-out is no fault, but it may be one for a machine that the doctor is asked about.
    const say = guard === 'opt_out' ? warning : error;
    return [say(evidence, CHANGES[guard] ?? GENERAL)];
  }
  if (verdict === 'wait') return [info(`would ${verb} it later: ${message} (guard ${guard})`)];
  return message === '' ? [] : [info(`${message} (guard ${guard})`)];
}

const GENERAL = 'see docs/guards.md for what this guard asks for, and how it is turned off';

const CHANGES: Readonly<Record<string, string>> = {
  not_gone: 'look for the machine that has taken its place',
  require_tag: 'tag the machine as `guards.require_tag` asks for',
  opt_out: 'change the tag if the operator may do this',
  managed: 'leave it to the service that manages it',
  asg_member:
    'scale the owner instead: it would replace the machine; if the tag is no owner, name it in `guards.asg_member.except`',
  root_device: 'nothing: a machine whose root is on an instance store can only be terminated',
};
