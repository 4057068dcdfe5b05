/** Whether the Pricing API answers, and which watched machines have no known price: of those no dollars are told. */
import { describeInstance, type Instance } from '../domain/instance.ts';
import { priceKey, priceOf, type Prices } from '../domain/price.ts';
import { Ec2Error } from '../ec2/port.ts';
import { priceQuestions } from '../engine/keep-prices.ts';
import type { Pricing } from '../pricing/port.ts';
import { explainAws } from './aws-error.ts';
import { findingsOf, listSome, report, type Finding } from './finding.ts';

/** How many kinds of machines the Pricing API is asked about. */
const MAX_ASKED = 20;

/** @param pricing undefined where the configuration turns the Pricing API off */
export async function checkPrices(
  pricing: Pick<Pricing, 'ask'> | undefined,
  watched: readonly Instance[],
  { configured, factor, coverage }: Prices,
): Promise<readonly Finding[]> {
  const machines = watched.filter(({ state }) => state !== 'terminated');
  const prices: Prices = { configured, factor, coverage, listed: new Map() };
  const questions = priceQuestions(machines, prices);
  const asked = questions.slice(0, MAX_ASKED);
  const answered = pricing === undefined || asked.length === 0 ? undefined : await askAll(pricing, asked, prices);
  const unasked = pricing === undefined ? [] : questions.slice(MAX_ASKED);
  return findingsOf([answered, checkUnknown(machines, prices, new Set(unasked.map(([key]) => key)))]);
}

async function askAll(
  pricing: Pick<Pricing, 'ask'>,
  questions: ReturnType<typeof priceQuestions>,
  prices: Prices,
): Promise<Finding> {
  const { ok, warning } = report('prices');
  try {
    for (const [key, question] of questions) {
      const perHour = await pricing.ask(question);
      if (perHour !== undefined) prices.listed.set(key, { perHour, at: 0 });
    }
  } catch (error) {
    if (!(error instanceof Ec2Error)) throw error;
    return warning(
      `the Pricing API gives no list prices: ${explainAws(error, 'own').evidence}`,
      'allow pricing:GetProducts (deploy/iam/pricing-policy.json) and a way to the Pricing API, or set prices.pricing_api: false',
    );
  }
  return ok('pricing:GetProducts is permitted');
}

/** The prices of Spot machines and dedicated hosts are never told: nothing can be done about them. */
function checkUnknown(
  machines: readonly Instance[],
  prices: Prices,
  unasked: ReadonlySet<string>,
): Finding | undefined {
  const unknown = machines.filter((machine) => {
    const key = priceKey(machine);
    return key !== undefined && !unasked.has(key) && priceOf(machine, prices) === undefined;
  });
  if (unknown.length === 0) return undefined;
  const named = listSome(unknown.map((machine) => `${describeInstance(machine)} (${kindOf(machine)})`));
  return report('prices').info(
    `no price is known of ${named}: hours are told, and no dollars`,
    'say in `prices` what an hour of each costs: docs/prices.md',
  );
}

/** As `prices` names it. */
function kindOf({ type, billing }: Instance): string {
  return billing === undefined || billing.usage === 'RunInstances' ? type : `${type} ${billing.usage}`;
}
