/** Requests to the Pricing API, and its answers. */
import * as z from 'zod';
import { Ec2Error } from '../ec2/port.ts';
import type { PriceQuestion } from './port.ts';

/** The Pricing API has few endpoints, and each of them has the prices of all regions. */
export function endpointRegion(region: string): string {
  if (/^(eu|il|me|af)-/.test(region)) return 'eu-central-1';
  return region.startsWith('ap-') ? 'ap-south-1' : 'us-east-1';
}

/** An answer has no more than a few products; the Pricing API gives up to a hundred at once. */
const PAGE_SIZE = 100;

export interface ProductsInput {
  ServiceCode: string;
  FormatVersion: string;
  MaxResults: number;
  Filters: { Type: 'TERM_MATCH'; Field: string; Value: string }[];
  NextToken?: string;
}

export function productsInput(question: PriceQuestion, next?: string): ProductsInput {
  return {
    ServiceCode: 'AmazonEC2',
    FormatVersion: 'aws_v1',
    MaxResults: PAGE_SIZE,
    Filters: Object.entries(attributesOf(question)).map(([Field, Value]) => ({
      Type: 'TERM_MATCH' as const,
      Field,
      Value,
    })),
    ...(next === undefined ? {} : { NextToken: next }),
  };
}

function attributesOf({ region, type, usage, tenancy }: PriceQuestion) {
  return {
    regionCode: region,
    instanceType: type,
    operation: usage,
    tenancy: tenancy === 'dedicated' ? 'Dedicated' : 'Shared',
    // The others are the prices of reservations, with and without a machine in them.
    capacitystatus: 'Used',
  };
}

export interface ProductsPage {
  readonly products: readonly string[];
  readonly next?: string;
}

const page = z.object({ PriceList: z.array(z.unknown()).default([]), NextToken: z.string().nullish() });

/** @throws Ec2Error ClientOutput */
export function parsePage(answer: unknown): ProductsPage {
  const parsed = page.safeParse(answer);
  if (!parsed.success) throw unreadable(parsed.error);
  const { PriceList, NextToken } = parsed.data;
  const next = NextToken ?? '';
  return { products: PriceList.map(String), ...(next === '' ? {} : { next }) };
}

const product = z.object({
  product: z.object({ attributes: z.record(z.string(), z.string()) }),
  terms: z.object({
    OnDemand: z
      .record(
        z.string(),
        z.object({
          priceDimensions: z.record(
            z.string(),
            z.object({ unit: z.string(), pricePerUnit: z.record(z.string(), z.string()) }),
          ),
        }),
      )
      .default({}),
  }),
});

/**
 * The one price of the one product that is what was asked for. Anything else is unknown: a price is never guessed.
 *
 * @throws Ec2Error ClientOutput for a product that cannot be read
 */
export function priceIn(products: readonly string[], question: PriceQuestion): number | undefined {
  const asked = Object.entries(attributesOf(question));
  const matching = products.map(parseProduct).filter(({ product: { attributes } }) => {
    // Capacity Blocks are listed beside the machines on demand.
    const isOnDemand = (attributes['marketoption'] ?? 'OnDemand') === 'OnDemand';
    return isOnDemand && asked.every(([name, value]) => attributes[name] === value);
  });
  const dimensions = matching.flatMap(({ terms: { OnDemand } }) =>
    Object.values(OnDemand).flatMap(({ priceDimensions }) => Object.values(priceDimensions)),
  );
  const [only, ...others] = dimensions;
  const text = only?.pricePerUnit['USD'] ?? '';
  if (matching.length !== 1 || others.length > 0 || only?.unit !== 'Hrs' || !/^\d{1,6}(\.\d{1,12})?$/.test(text))
    return undefined;
  // Nothing is free: AWS lists 0 where another product has the price.
  return Number(text) > 0 ? Number(text) : undefined;
}

function parseProduct(text: string): z.output<typeof product> {
  try {
    return product.parse(JSON.parse(text));
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(cause: unknown): Ec2Error {
  return new Ec2Error('ClientOutput', "expected the Pricing API's answer to GetProducts, got another", { cause });
}
