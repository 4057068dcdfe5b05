/** GetProducts of the Pricing API: machines on demand, in every region that machines of the fleet are in, and reservations beside them. */
import * as z from 'zod';
import { LIST_PRICES } from '../../domain/list-prices.ts';
import type { AwsCall } from '../call.ts';
import { AwsError, unauthorizedOperation } from '../errors.ts';
import { SYSTEMS, SYSTEM_NAMES, type SystemName } from '../machine.ts';
import { SERVICES } from '../services.ts';
import type { XmlTree } from '../xml.ts';

const input = z.object({
  ServiceCode: z.string(),
  FormatVersion: z.literal('aws_v1').optional(),
  Filters: z.array(z.object({ Type: z.literal('TERM_MATCH'), Field: z.string(), Value: z.string() })).default([]),
  MaxResults: z.int().min(1).max(100).default(100),
  NextToken: z.string().optional(),
});

export function getProducts({ caller, input: given, world }: AwsCall): XmlTree {
  if (world.accounts.get(caller.account)?.unauthorized.includes('GetProducts') === true)
    throw SERVICES.pricing.inOwnWords(unauthorizedOperation());
  if (!ENDPOINTS.includes(caller.region)) throw invalid('The Pricing API has no endpoint in this region');
  const parsed = input.safeParse(given);
  if (!parsed.success || parsed.data.ServiceCode !== 'AmazonEC2') throw invalid('Input Parameters are invalid');
  const { Filters, MaxResults, NextToken = '0' } = parsed.data;
  if (!/^\d{1,6}$/.test(NextToken)) throw new AwsError('InvalidNextTokenException', 'Invalid pagination token');
  const from = Number(NextToken);
  // An attribute that no product has matches none.
  const found = productsOf(world.all().map(({ region }) => region)).filter(({ attributes }) =>
    Filters.every(({ Field, Value }) => attributes[Field]?.toLowerCase() === Value.toLowerCase()),
  );
  const page = found.slice(from, from + Math.min(MaxResults, MAX_PAGE));
  const next = from + page.length;
  return {
    FormatVersion: 'aws_v1',
    PriceList: page.map(({ attributes, perHour }, index) => productText(attributes, perHour, from + index)),
    ...(next < found.length ? { NextToken: String(next) } : {}),
  };
}

/** A page may have fewer products than were asked for. With one in each, a client that reads no second page shows it. */
const MAX_PAGE = 1;

const ENDPOINTS: readonly string[] = ['us-east-1', 'eu-central-1', 'ap-south-1'];

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}

interface Product {
  readonly attributes: Readonly<Record<string, string>>;
  readonly perHour: number;
}

/** Regions are dearer than us-east-1 by an eighth, and a licence costs a part of the machine. */
const ELSEWHERE = 1.125;
const WITH_LICENCE: Readonly<Record<SystemName, number>> = {
  linux: 1,
  rhel: 1.1,
  suse: 1.2,
  windows: 1.5,
  'windows-sql': 2,
};

function productsOf(regions: readonly string[]): readonly Product[] {
  return [...new Set(regions)].flatMap((regionCode) =>
    [...LIST_PRICES].flatMap(([instanceType, base]) =>
      SYSTEM_NAMES.flatMap((name) => {
        const { usage } = SYSTEMS[name];
        const perHour = base * WITH_LICENCE[name] * (regionCode === 'us-east-1' ? 1 : ELSEWHERE);
        const attributes = { regionCode, instanceType, operation: usage, ...OF_SYSTEM[name], marketoption: 'OnDemand' };
        const used = { ...attributes, tenancy: 'Shared', capacitystatus: 'Used' };
        return [
          // A Capacity Block is paid in advance.
          ...(HAS_BLOCKS.test(instanceType)
            ? [{ attributes: { ...used, marketoption: 'CapacityBlock' }, perHour: 0 }]
            : []),
          { attributes: used, perHour },
          { attributes: { ...attributes, tenancy: 'Shared', capacitystatus: 'UnusedCapacityReservation' }, perHour },
          { attributes: { ...attributes, tenancy: 'Dedicated', capacitystatus: 'Used' }, perHour: perHour * 1.07 },
        ];
      }),
    ),
  );
}

/** The types that are sold in Capacity Blocks. */
const HAS_BLOCKS = /^p\d/;

const OF_SYSTEM: Readonly<Record<SystemName, Readonly<Record<string, string>>>> = {
  linux: { operatingSystem: 'Linux', preInstalledSw: 'NA', licenseModel: 'No License required' },
  rhel: { operatingSystem: 'RHEL', preInstalledSw: 'NA', licenseModel: 'No License required' },
  suse: { operatingSystem: 'SUSE', preInstalledSw: 'NA', licenseModel: 'No License required' },
  windows: { operatingSystem: 'Windows', preInstalledSw: 'NA', licenseModel: 'No License required' },
  'windows-sql': { operatingSystem: 'Windows', preInstalledSw: 'SQL Std', licenseModel: 'No License required' },
};

/** AWS gives each product as text that is JSON again. */
function productText(attributes: Product['attributes'], perHour: number, number: number): string {
  const sku = `SKU${String(number).padStart(13, '0')}`;
  const term = `${sku}.JRTCKXETXF`;
  const rate = `${term}.6YS6EN2CT7`;
  const dimension = {
    unit: 'Hrs',
    beginRange: '0',
    endRange: 'Inf',
    description: `$${perHour.toFixed(10)} per On Demand ${attributes['operatingSystem'] ?? ''} Instance Hour`,
    appliesTo: [],
    rateCode: rate,
    pricePerUnit: { USD: perHour.toFixed(10) },
  };
  return JSON.stringify({
    product: { productFamily: 'Compute Instance', attributes: { ...attributes, servicecode: 'AmazonEC2' }, sku },
    serviceCode: 'AmazonEC2',
    terms: {
      OnDemand: {
        [term]: {
          priceDimensions: { [rate]: dimension },
          sku,
          effectiveDate: '2026-11-01T00:00:00Z',
          offerTermCode: 'JRTCKXETXF',
          termAttributes: {},
        },
      },
    },
    version: '20261101000000',
    publicationDate: '2026-11-01T00:00:00Z',
  });
}
