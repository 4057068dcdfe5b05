/**
 * AWS's JSON protocols. In REST-JSON an action is a method and a path, and its input is the JSON body with the members that
 * stand in the path and in the query string.
 */
import type { Input, ServiceName } from './request.ts';

export interface RestCall {
  readonly service: ServiceName;
  /** Empty when no action has this method. */
  readonly action: string;
  /** Undefined when the body is not a JSON object. */
  readonly input: Input | undefined;
}

interface RestRoute {
  readonly service: ServiceName;
  readonly action: string;
  readonly method: string;
  readonly path: string;
  /** Members of the input by their names in the query string. */
  readonly query?: Readonly<Record<string, string>>;
}

const OF_SCHEDULE = { groupName: 'GroupName', clientToken: 'ClientToken' } as const;
const LISTED = {
  ScheduleGroup: 'GroupName',
  NamePrefix: 'NamePrefix',
  NextToken: 'NextToken',
  MaxResults: 'MaxResults',
};

/** A new action is an entry here, and one in `actions.ts`. */
const ROUTES: readonly RestRoute[] = [
  { service: 'scheduler', action: 'CreateSchedule', method: 'POST', path: '/schedules/{Name}' },
  { service: 'scheduler', action: 'UpdateSchedule', method: 'PUT', path: '/schedules/{Name}' },
  { service: 'scheduler', action: 'GetSchedule', method: 'GET', path: '/schedules/{Name}', query: OF_SCHEDULE },
  { service: 'scheduler', action: 'DeleteSchedule', method: 'DELETE', path: '/schedules/{Name}', query: OF_SCHEDULE },
  { service: 'scheduler', action: 'ListSchedules', method: 'GET', path: '/schedules', query: LISTED },
  { service: 'scheduler', action: 'CreateScheduleGroup', method: 'POST', path: '/schedule-groups/{Name}' },
  { service: 'scheduler', action: 'GetScheduleGroup', method: 'GET', path: '/schedule-groups/{Name}' },
];

/** In JSON 1.1 a header names the action, by the service and its name. @returns undefined for another protocol */
export function readJsonCall(target: string | readonly string[] | undefined, body: string): RestCall | undefined {
  const [, action] = /^AWSPriceListService\.(\w{1,64})$/.exec(String(target)) ?? [];
  return action === undefined ? undefined : { service: 'pricing', action, input: parseObject(body) };
}

/** @returns undefined for a path of no JSON service */
export function readRestCall(method: string, { pathname, searchParams }: URL, body: string): RestCall | undefined {
  const onPath = ROUTES.filter(({ path }) => patternOf(path).test(pathname));
  const [first] = onPath;
  if (first === undefined) return undefined;
  const route = onPath.find((each) => each.method === method);
  if (route === undefined) return { service: first.service, action: '', input: {} };
  const { service, action, path, query = {} } = route;
  const json = parseObject(body);
  if (json === undefined) return { service, action, input: undefined };
  const inPath = Object.entries(patternOf(path).exec(pathname)?.groups ?? {});
  const inQuery = Object.entries(query).flatMap(([name, member]) =>
    searchParams.has(name) ? [[member, searchParams.get(name)] as const] : [],
  );
  const named = inPath.map(([name, text]) => [name, decodeURIComponent(text)] as const);
  return { service, action, input: { ...json, ...Object.fromEntries(inQuery), ...Object.fromEntries(named) } };
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{(\w+)\}/, '(?<$1>(?:[^/%]|%[0-9A-Fa-f]{2})+)')}/?$`);
}

/** An empty body is an empty input. */
function parseObject(text: string): Input | undefined {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Input {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
