/** The whole examination, in the order in which an alert would come upon the things that can be wrong. */
import { readVariable, type Environment } from '../config/environment.ts';
import type { Config } from '../config/schema.ts';
import type { Place } from '../domain/instance.ts';
import type { Intent } from '../domain/intent.ts';
import { targetKey } from '../domain/target.ts';
import { createEc2 } from '../ec2/client.ts';
import { createInspector } from '../ec2/inspect.ts';
import { createQuota, UNLIMITED } from '../ec2/quota.ts';
import { createLookUpName, type LookUpName } from '../engine/dns.ts';
import { createEc2Batches } from '../engine/ec2-batches.ts';
import { ec2Settings, engineSettings } from '../settings.ts';
import { checkAccess } from './access.ts';
import { checkCli } from './aws-cli.ts';
import { AWS, checkClock } from './clock.ts';
import { checkCredentialSource } from './credential-source.ts';
import { hasErrors, listSome, report, type Finding } from './finding.ts';
import { askGuards } from './guards.ts';
import { checkHost, find, type HostParts } from './host.ts';
import { checkMonitoring, type MonitoringSeen } from './monitoring.ts';
import { checkPlace, type PermissionParts } from './permissions.ts';
import { checkStore } from './store.ts';

export interface Examination {
  readonly config: Config;
  /** The AWS variables are read from it. */
  readonly environment: Environment;
  /** The machines that somebody asks about, named as in alerts. */
  readonly hosts: readonly string[];
  readonly clock?: () => number;
  readonly lookUpName?: LookUpName;
}

/** Asks everybody, changes nothing. What cannot be asked is a finding. */
export async function examine(examination: Examination): Promise<readonly Finding[]> {
  const { config, environment, hosts, clock = Date.now } = examination;
  await using stack = new AsyncDisposableStack();
  const settings = engineSettings(config);
  const ec2 = stack.adopt(createEc2(ec2Settings(config, environment)), async (opened) => opened.close());
  const inspector = stack.adopt(createInspector(ec2Settings(config, environment), clock), (opened) => opened.close());
  const limited = config.aws.rate_limits === 'none' ? UNLIMITED : createQuota(config.aws.quota_share);
  const quota = stack.adopt(limited, (opened) => opened.close());
  const guards = { settings: settings.guards, client: config.client, now: clock() };
  const parts: HostParts & PermissionParts = {
    inspector,
    guards,
    clientOf: (client) => ec2.client(client),
    ec2: ec2.client('native'),
    allows: (verb, instance) => askGuards(guards, verb, instance).verdict.verdict === 'allow',
    tagKey: config.guards.requireTag?.key ?? config.guards.optOut.tag,
    resolve: {
      settings,
      lookUpName: examination.lookUpName ?? createLookUpName(config.dns),
      describe: createEc2Batches((client) => ec2.client(client), quota).describe,
    },
  };
  const places: readonly Place[] = settings.places.length === 0 ? [{}] : settings.places.map(toPlace);
  const server = [...(await checkAccess(config, clock())), ...(await checkStore(config))];
  const aws = await checkPlaces(parts, places);
  const hasNone = aws.some(({ check, severity }) => check === 'credentials' && severity === 'error');
  const source = hasNone ? await checkCredentialSource(environment) : [];
  const monitoring = await checkMonitoring(config, clock());
  const cli = usesCli(config, monitoring) ? await checkCli(ec2.client('cli'), places[0] ?? {}, environment) : [];
  const asked: Finding[] = [];
  for (const host of hosts) asked.push(...(await checkHost(parts, host)));
  const named = hasErrors(aws) ? [] : await checkNamed(parts, monitoring);
  const clocks = checkClock(inspector.clocks, AWS);
  return [
    ...server,
    ...checkRegion(config, environment),
    ...aws,
    ...source,
    ...clocks,
    ...cli,
    ...monitoring.findings,
    ...named,
    ...asked,
  ];
}

function toPlace({ account, region }: Place): Place {
  return { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) };
}

/** So many places are asked at once; each has rate limits of its own. */
const SIDE_BY_SIDE = 4;

async function checkPlaces(parts: PermissionParts, places: readonly Place[]): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (let next = 0; next < places.length; next += SIDE_BY_SIDE) {
    const some = places.slice(next, next + SIDE_BY_SIDE);
    findings.push(...(await Promise.all(some.map(async (place) => checkPlace(parts, place)))).flat());
  }
  return findings;
}

/** A machine in a region that nobody looks at is not found; nobody would notice before the first alert. */
function checkRegion(config: Config, environment: Environment): readonly Finding[] {
  const { ok, info } = report('regions');
  const configured = [...new Set([...config.regions, ...config.accounts.flatMap(({ regions }) => regions)])];
  if (configured.length > 0) return [ok(`machines are looked for in ${listSome(configured, 10)}`)];
  const region = readVariable(environment, 'AWS_REGION') ?? readVariable(environment, 'AWS_DEFAULT_REGION');
  return [
    info(
      `no regions are configured: machines are looked for in ${region ?? "the profile's region"} only`,
      'name them in `regions:` if there are machines elsewhere',
    ),
  ];
}

function usesCli(config: Config, { wanted }: MonitoringSeen): boolean {
  return config.client === 'cli' || wanted.some(({ intents }) => intents.some(({ client }) => client === 'cli'));
}

/** So many machines that rules name are looked for. */
const MAX_NAMED = 20;

/** Whether the names in the rules' alerts lead to machines. */
async function checkNamed(parts: HostParts, { wanted }: MonitoringSeen): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  let left = MAX_NAMED;
  for (const { rule, intents } of wanted) {
    const some = distinct(intents).slice(0, left);
    left -= some.length;
    if (some.length > 0) findings.push(await checkNamedBy(parts, rule, some));
  }
  return findings;
}

async function checkNamedBy(parts: HostParts, rule: string, intents: readonly Intent[]): Promise<Finding> {
  const { ok, error } = report('prometheus.hosts', rule);
  const found = await Promise.all(intents.map(async (intent) => find(parts.resolve, intent)));
  const lost = found.flatMap((each) => ('finding' in each ? [each.finding] : []));
  const names = listSome(intents.map(({ target }) => target.text));
  const [first] = lost;
  if (first === undefined) return ok(`${names}: each leads to one machine`);
  return error(
    `${lost.length} of ${intents.length} names in its alerts lead to no machine: ${listSome(
      lost.map(({ evidence }) => evidence),
      3,
    )}`,
    first.change ?? 'see the reason',
  );
}

function distinct(intents: readonly Intent[]): readonly Intent[] {
  return [...new Map(intents.map((intent) => [targetKey(intent.target), intent])).values()];
}
