/** The parameters of EC2 calls, the same for both adapters: only ids, addresses and names pass. */
import { parseAddress } from '../domain/address.ts';
import { quote } from '../domain/parsed.ts';
import type { SurveyFilter, WantedTag } from '../domain/survey-filter.ts';
import { INSTANCE_ID } from '../domain/target.ts';
import { MAX_ACT_IDS, MAX_CHECKED_IDS, MAX_KNOWN_IDS, MAX_LOOKUP_VALUES, type LookupBy } from './port.ts';

/**
 * Ids are filtered by, too: an unknown id fails a call that lists ids, but not a filter (DescribeInstances and "Filtering" in
 * the EC2 API reference).
 */
const FILTER_NAMES: Readonly<Record<Exclude<LookupBy, 'known'>, string>> = {
  id: 'instance-id',
  private: 'private-ip-address',
  secondary: 'network-interface.addresses.private-ip-address',
  public: 'ip-address',
  ipv6: 'network-interface.ipv6-addresses.ipv6-address',
  name: 'tag:Name',
};

/** EC2's largest page. Unpaged calls may time out, and count against a smaller quota. */
export const PAGE_SIZE = 1_000;

/** EC2 refuses paging for a call that lists ids. */
export type DescribeInput = { InstanceIds: string[] } | { Filters: { Name: string; Values: string[] }[] };

/**
 * Parameters of DescribeInstances.
 *
 * @throws RangeError for no or too many values, and for a value that is not an id, a name or a canonical address: filter
 *   values are wildcards, and to EC2 an empty list means every instance.
 */
export function describeInput(by: LookupBy, values: readonly string[]): DescribeInput {
  if (by === 'known') {
    checkCount(values, MAX_KNOWN_IDS);
    values.forEach(checkId);
    return { InstanceIds: [...values] };
  }
  checkCount(values, MAX_LOOKUP_VALUES);
  values.forEach(CHECKS[by]);
  return { Filters: [{ Name: FILTER_NAMES[by], Values: by === 'name' ? values.map(escapeFilter) : [...values] }] };
}

export interface PagedInput {
  Filters: { Name: string; Values: string[] }[];
  MaxResults: number;
  NextToken?: string;
}

/** EC2's limits for the filters of one call and for a filter's value. */
const MAX_FILTERS = 50;
const MAX_FILTER_VALUE = 255;

/**
 * Parameters of DescribeInstances for one page of a survey.
 *
 * @throws RangeError for no tags or families, and for what EC2 allows in none of them
 */
export function surveyInput(filter: SurveyFilter, page?: string): PagedInput {
  return { Filters: surveyFilters(filter), MaxResults: PAGE_SIZE, ...(page === undefined ? {} : { NextToken: page }) };
}

function surveyFilters(filter: SurveyFilter): PagedInput['Filters'] {
  switch (filter.by) {
    case 'tags':
      if (filter.tags.length === 0) throw new RangeError('expected a tag for a survey, got none');
      return filter.tags.slice(0, MAX_FILTERS).map(tagFilter);
    case 'families':
      checkCount(filter.families, MAX_LOOKUP_VALUES);
      filter.families.forEach(checkFamily);
      return [{ Name: 'instance-type', Values: filter.families.map((family) => `${family}*`) }];
  }
}

/** A value that EC2 takes in no filter is compared by `isSurveyed` alone. */
function tagFilter({ key, value = '' }: WantedTag): PagedInput['Filters'][number] {
  if (key.length > MAX_TAG_KEY || !/^[^\p{C}]+$/u.test(key)) {
    throw new RangeError(`expected the key of a tag, got ${quote(key)}`);
  }
  const escaped = escapeFilter(value);
  if (value === '' || escaped.length > MAX_FILTER_VALUE) return { Name: 'tag-key', Values: [escapeFilter(key)] };
  return { Name: `tag:${key}`, Values: [escaped] };
}

/** EC2's limit. */
const MAX_TAG_KEY = 128;

function checkFamily(family: string): void {
  if (!/^[a-z]{1,16}$/.test(family)) throw new RangeError(`expected a family such as g, got ${quote(family)}`);
}

/**
 * Parameters of DescribeInstanceStatus.
 *
 * @throws RangeError for no or too many ids, and for text that is not an id
 */
export function checksInput(ids: readonly string[]): { InstanceIds: string[] } {
  checkCount(ids, MAX_CHECKED_IDS);
  ids.forEach(checkId);
  return { InstanceIds: [...ids] };
}

/** EC2's largest page of volumes. */
const VOLUME_PAGE_SIZE = 500;

/**
 * Parameters of DescribeVolumes for one page.
 *
 * @throws RangeError for no or too many ids, and for text that is not an id
 */
export function volumesInput(ids: readonly string[], page?: string): PagedInput {
  checkCount(ids, MAX_LOOKUP_VALUES);
  ids.forEach(checkId);
  return {
    Filters: [{ Name: 'attachment.instance-id', Values: [...ids] }],
    MaxResults: VOLUME_PAGE_SIZE,
    ...(page === undefined ? {} : { NextToken: page }),
  };
}

export interface ChangeInput {
  InstanceIds: string[];
  DryRun: boolean;
}

/**
 * Parameters of StartInstances and StopInstances.
 *
 * @throws RangeError for no or too many ids, and for text that is not an id
 */
export function changeInput(ids: readonly string[], dryRun: boolean): ChangeInput {
  checkCount(ids, MAX_ACT_IDS);
  ids.forEach(checkId);
  return { InstanceIds: [...ids], DryRun: dryRun };
}

function checkCount(values: readonly string[], max: number): void {
  if (values.length >= 1 && values.length <= max) return;
  throw new RangeError(`expected 1 to ${max} values for one EC2 call, got ${values.length}`);
}

/** EC2's limit for a tag's value. */
const MAX_NAME = 256;

function checkName(value: string): void {
  if (value.length > MAX_NAME || !/^[^\p{C}]+$/u.test(value))
    throw new RangeError(`expected a name such as gpu-1, got ${quote(value)}`);
}

/** A backslash makes a wildcard an ordinary character ("Filtering" in the EC2 API reference). */
export function escapeFilter(value: string): string {
  return value.replace(/[*?\\]/g, String.raw`\$&`);
}

const CHECKS: Readonly<Record<Exclude<LookupBy, 'known'>, (value: string) => void>> = {
  id: checkId,
  name: checkName,
  private: checkAddress,
  secondary: checkAddress,
  public: checkAddress,
  ipv6: checkAddress,
};

function checkId(value: string): void {
  if (!INSTANCE_ID.test(value)) throw new RangeError(`expected an instance id, got ${quote(value)}`);
}

function checkAddress(value: string): void {
  const address = parseAddress(value);
  if (!address.ok) throw new RangeError(address.message);
  if (address.value.text !== value) {
    throw new RangeError(`expected the address as ${address.value.text}, got ${quote(value)}`);
  }
}
