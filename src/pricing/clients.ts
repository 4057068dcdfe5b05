/** The Pricing API over the AWS SDK, which is loaded on the first call, and over the `aws` command. */
import type { PricingClient } from '@aws-sdk/client-pricing';
import type { Client } from '../domain/intent.ts';
import type { Ec2Settings } from '../ec2/accounts.ts';
import { createAwsCommand, parseJson } from '../ec2/aws-command.ts';
import { clientConfig, createCalls, loadCredentials } from '../ec2/native-calls.ts';
import type { Pricing, PriceQuestion } from './port.ts';
import { endpointRegion, parsePage, priceIn, productsInput, type ProductsInput } from './request.ts';

/** With the process's own credentials: prices are the same for all accounts. */
export function createPricing(kind: Client, settings: Ec2Settings): Pricing {
  return kind === 'native' ? createNativePricing(settings) : createCliPricing(settings);
}

type Send = (region: string, input: ProductsInput) => Promise<unknown>;

function createNativePricing(settings: Ec2Settings): Pricing {
  const { call, close } = createCalls(
    settings,
    loadSdk,
    ({ credentials, pricing }, place): PricingClient =>
      new pricing.PricingClient(clientConfig(credentials, settings, place, 'pricing')),
  );
  const send: Send = async (region, input) =>
    call({ region }, async ({ pricing }, client, abortSignal) =>
      client.send(new pricing.GetProductsCommand(input), { abortSignal }),
    );
  return { ask: async (question) => ask(send, question), close };
}

function createCliPricing(settings: Ec2Settings): Pricing {
  const aws = createAwsCommand({ ...settings, cliConcurrency: 1 });
  const send: Send = async (region, input) => {
    const text = await aws.run({ region }, ['pricing', 'get-products'], async () => Promise.resolve(input));
    return parseJson(text ?? '', 'GetProducts');
  };
  return { ask: async (question) => ask(send, question), close: aws.close };
}

/** A question names one product: an answer that goes on and on is none. */
const MAX_PAGES = 10;

async function ask(send: Send, question: PriceQuestion): Promise<number | undefined> {
  const region = endpointRegion(question.region);
  const products: string[] = [];
  let next: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = parsePage(await send(region, productsInput(question, next)));
    products.push(...page.products);
    ({ next } = page);
    if (next === undefined) return priceIn(products, question);
  }
  return undefined;
}

async function loadSdk() {
  const [pricing, credentials] = await Promise.all([import('@aws-sdk/client-pricing'), loadCredentials()]);
  return { pricing, credentials };
}
