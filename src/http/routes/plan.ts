/** `POST /api/v1/plan`: what a webhook body would lead to now. Nothing is stored, and EC2 is only asked to describe. */
import type { Delivery } from '../../domain/alert.ts';
import { alertOf } from '../../domain/cause.ts';
import { alternates, intend, type Intended } from '../../domain/intend.ts';
import { isUnset, VERBS, type Route } from '../../domain/intent.ts';
import { hasScope, type Grant } from '../../domain/scope.ts';
import { deliveryBody } from '../delivery.ts';
import type { HttpParts } from '../parts.ts';
import type { PlanBody, PlanQuery, PlansAnswer } from '../plan-schemas.ts';
import type { SenderInput } from '../route.ts';
import { showOutlook } from '../show-outlook.ts';

/** A plan may take several calls to EC2 for each alert, while the sender waits. */
export const planBody = deliveryBody(1_000);

export async function plan(
  parts: HttpParts,
  { sender, query: { route, by }, body: { alerts } }: SenderInput<unknown, PlanQuery, Delivery>,
): Promise<PlansAnswer> {
  const { defaultClient, labels, resolvedStops } = parts;
  const now = parts.clock();
  const tagNames = by === 'person' || parts.tagNames;
  const context = { defaultClient, labels, tagNames, resolvedStops, now, grants: grantsToPlan(sender.grants) };
  const intended = alerts.map((alert) => intend(alert, { ...context, route: route ?? guessRoute(alert) }));
  const cause = { by: 'person', name: sender.name, beganAt: now } as const;
  const asked = intended.map((one): Intended =>
    by === 'person' && one.outcome === 'intent' ? { ...one, intent: { ...one.intent, cause } } : one,
  );
  return { plans: await planAll(parts, asked) };
}

/** The scope `read` is enough for a plan of any verb. Only the restriction to some machines applies. */
function grantsToPlan(grants: readonly Grant[]): readonly Grant[] {
  return VERBS.flatMap((verb) => {
    const own = grants.filter(({ scopes }) => hasScope(scopes, verb));
    return (own.length === 0 ? grants : own).map((grant) => ({ ...grant, scopes: [verb] }));
  });
}

/** The route that the alert's labels are meant for. */
function guessRoute(alert: unknown): Route {
  const labels: unknown = typeof alert === 'object' && alert !== null && 'labels' in alert ? alert.labels : undefined;
  const hasHostname =
    typeof labels === 'object' && labels !== null && 'hostname' in labels && !isUnset(labels.hostname);
  return hasHostname ? 'hostname' : 'instance';
}

async function planAll(parts: HttpParts, intended: readonly Intended[]): Promise<readonly PlanBody[]> {
  const candidates = intended.flatMap((one) =>
    one.outcome === 'intent' ? [{ id: NOT_OPENED, intent: one.intent, alternates: alternates(one) }] : [],
  );
  const admissions = await parts.store.previewAdmission(candidates, parts.clock());
  const accepted = admissions.filter(({ outcome }) => outcome === 'accepted');
  const outlooks = (await parts.plan(accepted.map(({ intent }) => intent))).values();
  const admitted = admissions.values();
  return intended.map((one): PlanBody => {
    const { fingerprint, outcome } = one;
    if (outcome !== 'intent') return { fingerprint, outcome, reason: one.reason, message: one.message };
    const admission = next(admitted);
    if (admission.outcome === 'accepted') {
      const { dryRun, cause } = admission.intent;
      const shown = showOutlook(next(outlooks), alertOf(cause) !== undefined);
      return { fingerprint, ...shown, dryRun: dryRun || shown.dryRun };
    }
    const operation = admission.operation === NOT_OPENED ? undefined : admission.operation;
    const message = admission.outcome === 'done' ? (admission.message ?? DONE) : JOINED;
    return { fingerprint, outcome: admission.outcome, operation, message };
  });
}

/** The store and the engine answer for every intent, in order. */
function next<T>(answers: Iterator<T, undefined>): T {
  const { value } = answers.next();
  if (value === undefined) throw new RangeError('expected an answer for every intent');
  return value;
}

/** Stands for the operation that would be opened. */
const NOT_OPENED = '';
const JOINED = 'an operation for the same work is open already, and this would join it';
const DONE = 'an operation has succeeded for this episode of the alert already';
