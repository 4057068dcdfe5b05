/** Asks the rule of a resolved alert whether the machine is still needed. */
import { ENDED, type Need } from '../domain/need.ts';
import { quote } from '../domain/parsed.ts';
import { selectorKey } from '../domain/selector.ts';
import type { Labels } from '../domain/label-set.ts';
import type { AskRule, RuleQuestion } from '../engine/need.ts';
import { tellUnanswered } from '../outgoing/get-json.ts';
import type { Prometheus, SeenRules } from './client.ts';
import { aggregated, lookedAt } from './presence.ts';
import { alertLabels, isTemplate, nameOfRule, type AlertingRule } from './rule.ts';

export function createAskRule(prometheus: Prometheus): AskRule {
  return async (question) => {
    try {
      const seen = await prometheus.rules(question.alertname);
      return (
        checkRules(seen, question) ??
        (await findActive(seen.rules, question)) ??
        (await checkReload(prometheus, seen.rules, question)) ??
        (await checkSeries(prometheus, seen.rules, question)) ??
        ENDED
      );
    } catch (error) {
      return { need: 'unknown', message: tellUnanswered('Prometheus', 'the machine is still needed', error) };
    }
  };
}

/** Whether the rules are unchanged since the alert, and work. */
function checkRules({ rules, at }: SeenRules, { alertname, expression }: RuleQuestion): Need | undefined {
  if (rules.length === 0) {
    const message = `Prometheus has no rule ${quote(alertname)}: it was renamed or removed, or the alert comes from another Prometheus`;
    return { need: 'unconfirmed', message };
  }
  const isSame = expression === undefined || rules.some(({ query }) => sameText(query, expression));
  const asksElse = rules.find(({ labels: { on_resolved: verb = 'stop' } }) => verb !== 'stop' && !isTemplate(verb));
  if (!isSame || asksElse !== undefined) {
    const message = `the rule ${quote(alertname)} was edited since it sent the alert, and an edit ends alerts whatever their machines do`;
    return { need: 'unconfirmed', message };
  }
  const unwell = rules.find(({ health }) => health !== 'ok');
  if (unwell !== undefined) {
    const message = `the rule ${named(unwell)} fails in Prometheus (health ${quote(unwell.health)}), so its alerts are not known`;
    return { need: 'unknown', message };
  }
  const old = rules.find(({ evaluatedAt = 0, intervalMs }) => at - evaluatedAt > 3 * intervalMs + 30_000);
  if (old === undefined) return undefined;
  const when = old.evaluatedAt === undefined ? 'was never evaluated' : `was last evaluated at ${iso(old.evaluatedAt)}`;
  return { need: 'unknown', message: `the rule ${named(old)} ${when}, so its alerts are not current` };
}

async function findActive(rules: readonly AlertingRule[], { naming }: RuleQuestion): Promise<Need | undefined> {
  for (const rule of rules) {
    const namings = await Promise.all(rule.active.map(naming));
    if (namings.some((one) => one !== 'another')) {
      const message = `the rule ${named(rule)} has a pending or firing alert for the same machine in Prometheus`;
      return { need: 'yes', message };
    }
  }
  return undefined;
}

/** Prometheus sends alerts again after this time, and lets them expire after four times that or four evaluations. */
const RESEND_MS = 60_000;
const SLACK_MS = 30_000;

/** A reload ends an alert whose rule changed, and a restart ends one that Prometheus forgot. */
async function checkReload(
  prometheus: Prometheus,
  rules: readonly AlertingRule[],
  { firedAt = 0, endedAt }: RuleQuestion,
): Promise<Need | undefined> {
  const loadedAt = await prometheus.loadedAt();
  const keptMs = 4 * Math.max(RESEND_MS, ...rules.map(({ intervalMs }) => intervalMs)) + SLACK_MS;
  const since = Math.max(firedAt, endedAt - keptMs);
  if (loadedAt === undefined || loadedAt <= since || loadedAt > endedAt + SLACK_MS) return undefined;
  const message = `Prometheus was started or reloaded at ${iso(loadedAt)}, shortly before the alert ended, which may be why it ended`;
  return { need: 'unconfirmed', message };
}

/** A vanished series ends an alert just like an ended condition does. */
async function checkSeries(
  prometheus: Prometheus,
  rules: readonly AlertingRule[],
  question: RuleQuestion,
): Promise<Need | undefined> {
  const { naming } = question;
  const names = async (rule: AlertingRule, all: readonly Labels[]): Promise<boolean> =>
    (await Promise.all(all.map(async (labels) => naming(filledIn(rule, labels))))).includes('this');
  const found = new Set<'there' | 'no_series' | 'no_comparison'>();
  for (const rule of rules.filter(({ query }) => query.trim() !== '')) {
    const now = await prometheus.query(rule.query);
    // Without queries, only the rule's own state is known.
    if (now === undefined) return undefined;
    if (await names(rule, now)) {
      const message = `the expression of the rule ${named(rule)} is true for the machine in Prometheus`;
      return { need: 'yes', message };
    }
    const looked = lookedAt(rule.query);
    // Another rule of the same name says nothing about the alert of this one.
    const mayHaveSent = question.expression === undefined || sameText(rule.query, question.expression);
    if (looked === undefined) {
      if (mayHaveSent) found.add('no_comparison');
      continue;
    }
    const all = (await prometheus.query(looked)) ?? [];
    if (mayHaveSent && (await names(rule, all))) found.add('there');
    if (await names(rule, await findVanished(prometheus, rule, looked, question))) found.add('no_series');
  }
  if (found.size === 0 && rules.some(({ query }) => query.trim() !== '')) found.add('no_series');
  const reason = (['no_series', 'no_comparison'] as const).find((one) => found.has(one));
  const name = quote(rules[0]?.name ?? '');
  if (reason === 'no_series') {
    // The series returns after a restart of its exporter or of Prometheus.
    const message = `the series of the rule ${name} vanished for the machine, which ends the alert but not the need`;
    return { need: 'unknown', message };
  }
  if (reason === undefined) return undefined;
  const message = `the rule ${name} cannot tell an ended need from a vanished series: its expression is not a single comparison with a number`;
  return { need: 'unconfirmed', message };
}

/** The series that existed when the condition was last true, and no longer do. */
async function findVanished(
  prometheus: Prometheus,
  { intervalMs, keepFiringMs }: AlertingRule,
  looked: string,
  { firedAt = 0, endedAt }: RuleQuestion,
): Promise<readonly Labels[]> {
  const series = aggregated(looked);
  // The condition was last true up to two evaluations, plus `keep_firing_for`, before the alert ended.
  const lastTrueAt = Math.max(firedAt, endedAt - keepFiringMs - 2 * intervalMs);
  const [before = [], now = []] = await Promise.all([prometheus.query(series, lastTrueAt), prometheus.query(series)]);
  const present = new Set(now.map(selectorKey));
  return before.filter((one) => !present.has(selectorKey(one)));
}

/** The labels of the alert, without templates that only Prometheus can fill in. */
function filledIn(rule: AlertingRule, series: Labels): Labels {
  return Object.fromEntries(Object.entries(alertLabels(rule, series, {})).filter(([, text]) => !isTemplate(text)));
}

function sameText(one: string, other: string): boolean {
  const plain = (text: string): string => text.replaceAll(/\s+/g, '');
  return plain(one) === plain(other);
}

function named(rule: AlertingRule): string {
  return quote(nameOfRule(rule));
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
