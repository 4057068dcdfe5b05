/** Asks the rule that has sent an alert whether the machine is still needed, now that the alert was resolved. */
import { ENDED, type Need } from '../domain/need.ts';
import { quote } from '../domain/parsed.ts';
import type { Labels } from '../domain/label-set.ts';
import type { AskRule, RuleQuestion } from '../engine/need.ts';
import { ApiError } from '../outgoing/get-json.ts';
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
      return { need: 'unknown', message: failureOf(error) };
    }
  };
}

/** That they are what they were when they sent the alert, and work. */
function checkRules({ rules, at }: SeenRules, { alertname, expression }: RuleQuestion): Need | undefined {
  if (rules.length === 0) {
    const why = 'it was renamed or removed, or this is not the Prometheus that the alert comes from';
    return { need: 'unconfirmed', message: `Prometheus has no rule ${quote(alertname)}: ${why}` };
  }
  const isSame = expression === undefined || rules.some(({ query }) => sameText(query, expression));
  const asksElse = rules.find(({ labels: { on_resolved: verb = 'stop' } }) => verb !== 'stop' && !isTemplate(verb));
  if (!isSame || asksElse !== undefined) {
    const message = `the rule ${quote(alertname)} was edited since it sent the alert, which ends alerts whatever their machines do`;
    return { need: 'unconfirmed', message };
  }
  const unwell = rules.find(({ health }) => health !== 'ok');
  if (unwell !== undefined) {
    const message = `the rule ${named(unwell)} is not well in Prometheus (health ${quote(unwell.health)}): what it says is not known`;
    return { need: 'unknown', message };
  }
  const old = rules.find(({ evaluatedAt = 0, intervalMs }) => at - evaluatedAt > 3 * intervalMs + 30_000);
  if (old === undefined) return undefined;
  const when = old.evaluatedAt === undefined ? 'has not been evaluated' : `was last evaluated ${iso(old.evaluatedAt)}`;
  return { need: 'unknown', message: `the rule ${named(old)} ${when}: what it says is out of date` };
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

/** How often Prometheus sends an alert again; it asks Alertmanager to keep it for four times that, or four evaluations. */
const RESEND_MS = 60_000;
const SLACK_MS = 30_000;

/** While the alert fires, a new configuration ends it when its rule is changed, and a restart when it is forgotten. */
async function checkReload(
  prometheus: Prometheus,
  rules: readonly AlertingRule[],
  { firedAt = 0, endedAt }: RuleQuestion,
): Promise<Need | undefined> {
  const loadedAt = await prometheus.loadedAt();
  const keptMs = 4 * Math.max(RESEND_MS, ...rules.map(({ intervalMs }) => intervalMs)) + SLACK_MS;
  const since = Math.max(firedAt, endedAt - keptMs);
  if (loadedAt === undefined || loadedAt <= since || loadedAt > endedAt + SLACK_MS) return undefined;
  const message = `Prometheus was started or reloaded ${iso(loadedAt)}, shortly before the alert ended: that may be why it ended`;
  return { need: 'unconfirmed', message };
}

/** A rule whose series has vanished says the same as one whose condition has ended: nothing. */
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
    // Without queries, the rule's own word is all there is.
    if (now === undefined) return undefined;
    if (await names(rule, now)) {
      return {
        need: 'yes',
        message: `the expression of the rule ${named(rule)} is true for the machine in Prometheus`,
      };
    }
    const looked = lookedAt(rule.query);
    // A rule of the same name, about other machines or another metric of this one, says nothing for the one that sent the alert.
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
  switch (reason) {
    case undefined:
      return undefined;
    case 'no_series': {
      // It comes back when an exporter, or Prometheus itself, was only restarted.
      const message = `the series of the rule ${name} has vanished for the machine: that ends the alert, and not the need`;
      return { need: 'unknown', message };
    }
    case 'no_comparison': {
      const why = 'its expression is no single comparison of series with a number';
      const message = `the rule ${name} cannot tell a need that has ended from a series that has vanished: ${why}`;
      return { need: 'unconfirmed', message };
    }
  }
}

/** The series that were there when the condition was last true, and are not any more: the others say nothing for them. */
async function findVanished(
  prometheus: Prometheus,
  { intervalMs, keepFiringMs }: AlertingRule,
  looked: string,
  { firedAt = 0, endedAt }: RuleQuestion,
): Promise<readonly Labels[]> {
  const series = aggregated(looked);
  // The condition was true for the last time up to two evaluations before the alert ended, and what it fires on for.
  const lastTrueAt = Math.max(firedAt, endedAt - keepFiringMs - 2 * intervalMs);
  const [before = [], now = []] = await Promise.all([prometheus.query(series, lastTrueAt), prometheus.query(series)]);
  const present = new Set(now.map(keyOf));
  return before.filter((one) => !present.has(keyOf(one)));
}

/** As the alert would have them, without what only Prometheus can fill in. */
function filledIn(rule: AlertingRule, series: Labels): Labels {
  return Object.fromEntries(Object.entries(alertLabels(rule, series, {})).filter(([, text]) => !isTemplate(text)));
}

/** Equal for the same labels in whatever order. */
function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1)));
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

function failureOf(error: unknown): string {
  const { status } = error instanceof ApiError ? error : {};
  if (status !== undefined) return `Prometheus answered ${status}, so nobody knows whether the machine is still needed`;
  const why = error instanceof ApiError ? error.brief : 'its answer cannot be read';
  return `Prometheus could not be asked whether the machine is still needed (${why})`;
}
