/** `POST /api/v1/plan`: what a webhook body would lead to now. Nothing is stored, and EC2 is only asked to describe. */
import type { Delivery } from '../../domain/alert.ts';
import { alternates, intend, type Intended } from '../../domain/intend.ts';
import type { Cause } from '../../domain/cause.ts';
import { isUnset, type Intent, type Route } from '../../domain/intent.ts';
import type { Outlook } from '../../engine/plan.ts';
import { rightsOf } from '../auth/sender.ts';
import { deliveryBody } from '../delivery.ts';
import type { HttpParts } from '../parts.ts';
import type { PlanBody, PlanQuery, PlansAnswer } from '../plan-schemas.ts';
import type { SenderInput } from '../route.ts';
import { showInstance } from '../show-operation.ts';

/** Each alert may take several calls to EC2 while somebody waits. */
const MAX_ALERTS = 1_000;

export const planBody = deliveryBody(
  MAX_ALERTS,
  (count) => `expected at most ${MAX_ALERTS} alerts to plan for, got ${count}`,
);

export async function plan(
  parts: HttpParts,
  { sender, query: { route, by }, body: { alerts } }: SenderInput<unknown, PlanQuery, Delivery>,
): Promise<PlansAnswer> {
  // Whoever may read is told what those would be told who may act: only the machines are limited to the sender's own.
  const { only } = rightsOf(sender);
  const { defaultClient, labels, resolvedStops } = parts;
  const now = parts.clock();
  const tagNames = by === 'person' || parts.tagNames;
  const context = { defaultClient, labels, tagNames, resolvedStops, now, ...(only === undefined ? {} : { only }) };
  const intended = alerts.map((alert) => intend(alert, { ...context, route: route ?? guessRoute(alert) }));
  const person = { by: 'person', name: sender.name, beganAt: now } as const;
  return {
    plans: await planAll(parts, by === 'person' ? intended.map((one) => askedBy(person, one)) : intended),
  };
}

function askedBy(cause: Cause, intended: Intended): Intended {
  return intended.outcome === 'intent' ? { ...intended, intent: { ...intended.intent, cause } } : intended;
}

/** The one that the alert's labels are meant for. */
function guessRoute(alert: unknown): Route {
  const labels: unknown = typeof alert === 'object' && alert !== null && 'labels' in alert ? alert.labels : undefined;
  const hasHostname =
    typeof labels === 'object' && labels !== null && 'hostname' in labels && !isUnset(labels.hostname);
  return hasHostname ? 'hostname' : 'instance';
}

async function planAll(parts: HttpParts, intended: readonly Intended[]): Promise<readonly PlanBody[]> {
  const asking = intended.filter((one) => one.outcome === 'intent');
  const admissions = await parts.store.previewAdmission(
    asking.map((one) => ({ id: NOT_OPENED, intent: one.intent, alternates: alternates(one) })),
    parts.clock(),
  );
  const known = new Map<Intended, PlanBody>();
  const fresh: { readonly one: Intended; readonly intent: Intent }[] = [];
  for (const [index, one] of asking.entries()) {
    const admission = admissions[index];
    if (admission === undefined) throw new RangeError('expected an answer for every intent');
    const { outcome, operation, intent } = admission;
    const served = operation === NOT_OPENED ? {} : { operation };
    if (outcome === 'accepted') fresh.push({ one, intent });
    else if (outcome === 'joined') known.set(one, { ...identify(one), outcome, ...served, message: TOLD.joined });
    else known.set(one, { ...identify(one), outcome, ...served, message: admission.message ?? TOLD.done });
  }
  const outlooks = await parts.plan(fresh.map(({ intent }) => intent));
  for (const [index, { one, intent }] of fresh.entries()) {
    const outlook = outlooks[index];
    if (outlook !== undefined) known.set(one, { ...identify(one), ...show(outlook), dryRun: intent.dryRun });
  }
  return intended.map((one) => {
    if (one.outcome !== 'intent')
      return { ...identify(one), outcome: one.outcome, reason: one.reason, message: one.message };
    const body = known.get(one);
    if (body === undefined) throw new RangeError('expected a plan for every intent');
    return body;
  });
}

/** An operation that would be opened has no id yet. */
const NOT_OPENED = '';

const TOLD = {
  joined: 'an operation for the same work is open already, and this would join it',
  done: 'an operation has succeeded for this episode of the alert already',
} as const;

function identify({ fingerprint }: Intended): { readonly fingerprint: string } {
  return { fingerprint };
}

function show({ instance, until, ...outlook }: Outlook): Omit<PlanBody, 'fingerprint'> {
  return {
    ...outlook,
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
    ...(instance === undefined ? {} : { instance: showInstance(instance) }),
  };
}
