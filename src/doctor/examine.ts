/** The whole examination, in the order of an alert's way through the server. */
import { assemble, type AssembleOptions, type Assembled } from '../assemble.ts';
import { inTurn } from '../cli/in-turn.ts';
import { readVariable, type Environment } from '../config/environment.ts';
import type { Config } from '../config/schema.ts';
import type { Instance, Place } from '../domain/instance.ts';
import type { Intent } from '../domain/intent.ts';
import { targetKey } from '../domain/target.ts';
import { createInspector, type Ec2Inspector } from '../ec2/inspect.ts';
import { createEc2Batches } from '../engine/ec2-batches.ts';
import { createPricing } from '../pricing/clients.ts';
import { createScheduleInspector } from '../schedules/inspect.ts';
import { scheduleSettings, watchedMachinesOf } from '../settings.ts';
import { checkAccess } from './access.ts';
import { checkCli } from './aws-cli.ts';
import { checkChannels } from './channels.ts';
import { AWS, checkClock } from './clock.ts';
import { checkCredentialSource } from './credential-source.ts';
import { hasErrors, listSome, report, type Finding } from './finding.ts';
import { askGuards } from './guards.ts';
import { checkHost, find, type HostParts } from './host.ts';
import { checkLive } from './live.ts';
import { checkForwarded } from './forwarded.ts';
import { checkLogin } from './login.ts';
import { checkMachines } from './machines.ts';
import { checkMonitoring, type MonitoringSeen } from './monitoring.ts';
import { checkPlace, type PermissionParts } from './permissions.ts';
import { checkPrices } from './prices.ts';
import { checkSchedules } from './schedules.ts';
import { expectedAccount } from './expected-account.ts';
import { checkStore } from './store.ts';

export interface Examination extends AssembleOptions {
  /** The machines to check as well, named as in alerts. */
  readonly hosts: readonly string[];
}

/** Changes nothing. A service that does not answer becomes a finding. */
export async function examine(examination: Examination): Promise<readonly Finding[]> {
  const { config, environment, hosts } = examination;
  await using stack = new AsyncDisposableStack();
  const assembled = stack.use(assemble(examination));
  const { clock, ec2, settings } = assembled;
  const inspector = stack.adopt(createInspector(assembled.ec2Settings, clock), (opened) => opened.close());
  const parts = { ...partsOf(config, assembled, inspector), expected: await expectedAccount(config) };
  const places: readonly Place[] = settings.places.length === 0 ? [{}] : settings.places.map(toPlace);
  const server = [...(await checkAccess(config, clock())), ...(await checkStore(config))];
  const aws = (await inTurn(places, CONCURRENCY, async (place) => checkPlace(parts, place))).flat();
  const scheduled = await checkSwitch(config, assembled, inspector, places);
  const lacksCredentials = aws.some(({ check, severity }) => check === 'credentials' && severity === 'error');
  const source = lacksCredentials ? await checkCredentialSource(environment) : [];
  const monitoring = await checkMonitoring(config, assembled);
  const cli = usesCli(config, monitoring) ? await checkCli(ec2.client('cli'), places[0] ?? {}, environment) : [];
  const live = hasErrors(aws) ? [] : await checkLive(inspector, places, settings.liveOnly);
  const machines = hasErrors(aws)
    ? { findings: [], machines: [] }
    : await checkMachines(ec2.client(config.client), places, watchedMachinesOf(config));
  const prices = await checkPricesOf(config, assembled, machines.machines);
  const channels = await checkChannels({ config, inspector, places, clock, seesMachines: !hasErrors(aws) });
  const login = [...checkForwarded(config), ...(await checkLogin(config))];
  const asked: Finding[] = [];
  for (const host of hosts) asked.push(...(await checkHost(parts, host)));
  const named = hasErrors(aws) ? [] : await checkNamed(parts, monitoring);
  const clocks = checkClock(inspector.clocks, AWS);
  return [
    ...server,
    ...checkRegion(config, environment),
    ...aws,
    ...scheduled,
    ...source,
    ...clocks,
    ...cli,
    ...live,
    ...machines.findings,
    ...prices,
    ...channels,
    ...login,
    ...monitoring.findings,
    ...named,
    ...asked,
  ];
}

async function checkPricesOf(
  { client, prices }: Config,
  { ec2Settings }: Assembled,
  machines: readonly Instance[],
): Promise<readonly Finding[]> {
  const pricing = prices.pricingApi ? createPricing(client, ec2Settings) : undefined;
  try {
    return await checkPrices(pricing, machines, prices);
  } finally {
    pricing?.close();
  }
}

/** Nothing where no schedules are configured. */
async function checkSwitch(
  config: Config,
  { clock, ec2Settings }: Assembled,
  inspector: Ec2Inspector,
  places: readonly Place[],
): Promise<readonly Finding[]> {
  const settings = scheduleSettings(config);
  if (settings === undefined) return [];
  const schedules = createScheduleInspector(ec2Settings, clock);
  try {
    const parts = { inspector, schedules, settings };
    return (await inTurn(places, CONCURRENCY, async (place) => checkSchedules(parts, place))).flat();
  } finally {
    schedules.close();
  }
}

function partsOf(
  config: Config,
  { clock, ec2, lookUpName, quota, settings }: Assembled,
  inspector: Ec2Inspector,
): HostParts & Omit<PermissionParts, 'expected'> {
  const clientOf: HostParts['clientOf'] = (client) => ec2.client(client);
  const guards = { settings: settings.guards, client: config.client, now: clock() };
  return {
    inspector,
    guards,
    clientOf,
    ec2: ec2.client('native'),
    allows: (verb, instance) => askGuards(guards, verb, instance).verdict.verdict === 'allow',
    tagKey: config.guards.requireTag?.key ?? config.guards.optOut.tag,
    resolve: { settings, lookUpName, describe: createEc2Batches(clientOf, quota).describe },
  };
}

function toPlace({ account, region }: Place): Place {
  return { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) };
}

/** How many places are asked at once. Each has its own rate limits. */
const CONCURRENCY = 4;

/** A machine in a region that is not configured cannot be found. Without this check, the first alert would show it. */
function checkRegion(config: Config, environment: Environment): readonly Finding[] {
  const { ok, info } = report('regions');
  const configured = [...new Set([...config.regions, ...config.accounts.flatMap(({ regions }) => regions)])];
  if (configured.length > 0) return [ok(`machines are looked for in ${listSome(configured, 10)}`)];
  const region = readVariable(environment, 'AWS_REGION') ?? readVariable(environment, 'AWS_DEFAULT_REGION');
  const evidence = `no regions are configured: machines are looked for in ${region ?? "the profile's region"} only`;
  return [info(evidence, 'list the regions in `regions:` if there are machines elsewhere')];
}

function usesCli(config: Config, { wanted }: MonitoringSeen): boolean {
  return config.client === 'cli' || wanted.some(({ intents }) => intents.some(({ client }) => client === 'cli'));
}

/** How many of the machines that the rules name are looked up. */
const MAX_NAMED = 20;

/** Checks that the names in the rules' alerts lead to machines. */
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
  const [first] = lost;
  if (first === undefined)
    return ok(`${listSome(intents.map(({ target }) => target.text))}: each leads to one machine`);
  const reasons = listSome(
    lost.map(({ evidence }) => evidence),
    3,
  );
  return error(
    `${lost.length} of ${intents.length} names in its alerts lead to no machine: ${reasons}`,
    first.change ?? 'see the reason',
  );
}

function distinct(intents: readonly Intent[]): readonly Intent[] {
  return [...new Map(intents.map((intent) => [targetKey(intent.target), intent])).values()];
}
