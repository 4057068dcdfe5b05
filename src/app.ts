/** Puts the parts together. Embeddable: port 0 takes any free port, and closing leaves nothing behind. */
import { randomUUID } from 'node:crypto';
import { getConnInfo } from '@hono/node-server/conninfo';
import { askers } from './askers.ts';
import { assemble, type AssembleOptions } from './assemble.ts';
import { openCourier, type OpenedCourier } from './courier.ts';
import { unusableChannelFiles, unusableLoginFiles, unusableTokenFiles } from './config-files.ts';
import { readVariable } from './config/environment.ts';
import { ConfigError } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { showConfig } from './config/show.ts';
import { noticesOf } from './domain/notices-of.ts';
import { createChanges } from './engine/changes.ts';
import { createEc2Batches } from './engine/ec2-batches.ts';
import {
  createReadActs,
  createReadStanding,
  createReadTold,
  createReadVoice,
  createReadWords,
} from './engine/evidence.ts';
import { createIntake } from './engine/intake.ts';
import { createLocate } from './engine/locate.ts';
import { keepLeases } from './engine/leases.ts';
import { planIntents } from './engine/plan.ts';
import { keepPruning } from './engine/retention.ts';
import { tellChanges } from './engine/tell-changes.ts';
import { createTell, tellMoves } from './engine/tell.ts';
import { createWaiters } from './engine/waiters.ts';
import { createWorker } from './engine/worker.ts';
import { createHttpApp } from './http/app.ts';
import { createJsonReader, createStrangersRoom } from './http/body.ts';
import { createFewLines } from './http/auth/few-lines.ts';
import { createAuth } from './http/auth/create-auth.ts';
import { createKnownBrakes } from './http/brakes.ts';
import { createLive } from './http/live.ts';
import { listen } from './http/listen.ts';
import type { HttpParts } from './http/parts.ts';
import { WEBHOOK_PATHS } from './http/routes.ts';
import { createSharedCheck } from './http/routes/health.ts';
import { createLog, STDOUT, type Log } from './observe/log.ts';
import { createMetrics } from './observe/metrics.ts';
import { openOutput } from './observe/output.ts';
import { observeStore } from './observe/observed-store.ts';
import { createObserver } from './observe/observer.ts';
import { createTracer } from './observe/create-tracer.ts';
import { traceWork } from './observe/trace-work.ts';
import { startLoop } from './loop.ts';
import { openOpenid } from './openid.ts';
import { openPages } from './pages.ts';
import { openSavings } from './savings.ts';
import { openScheduleKeeper } from './schedule-keeper.ts';
import { digestTime, holdSettings, retentionOf, tellingSettings } from './settings.ts';
import { openSlack, type OpenedSlack } from './slack.ts';
import { socketOf, urlOf } from './socket.ts';
import { openStore } from './store/open.ts';
import { version } from './version.ts';
import { openWatching } from './watching.ts';
import { warmMachines } from './web/machines/warm.ts';

/** The sender's address, in the form of `@hono/node-server`. */
export interface HttpEnv {
  readonly incoming: { readonly socket: { readonly remoteAddress?: string | undefined } };
}

export interface App extends AsyncDisposable {
  readonly url: string;
  /** The token that was made because none was configured; undefined otherwise. */
  readonly generatedToken?: string;
  readonly log: Log;
  /** Answers a request that did not come through the socket; `env` takes the socket's place. */
  readonly fetch: (request: Request, env: HttpEnv) => Response | Promise<Response>;
  /** Refuses new requests, finishes or releases running work, and closes the store. */
  close(): Promise<void>;
}

/** How long a shutdown waits for running EC2 calls, in milliseconds; `docker stop` kills after 10 s. */
const SHUTDOWN_MS = 5_000;

/** A failed start closes what it opened. @throws ConfigError for an unreadable file; Error when the store cannot be opened or the port is taken */
export async function startApp(options: AssembleOptions): Promise<App> {
  await using stack = new AsyncDisposableStack();
  const { parts, engine, http, courier, slack } = await openServer(options, stack);
  const { config } = options;
  const { clock, log, metrics, observer, store, waiters, work } = parts;
  const { worker } = engine;
  const fetch: App['fetch'] = work.receiving(async (request, env) => http.fetch(request, env));
  const listening = await listen(fetch, socketOf(config, log, { warnSparingly: http.warnSparingly, metrics }));
  stack.defer(async () => {
    http.stop();
    waiters.release();
    await listening.close();
  });
  worker.start();
  stack.use(startLoop(http.warm));
  stack.use(engine.keeper.start());
  stack.use(startLoop(async (signal) => keepPruning({ store, observer, clock, ...retentionOf(config) }, signal)));
  stack.use(startLoop(async (signal) => keepLeases(engine.leaseParts, signal)));
  if (options.watch !== false) stack.use(startLoop(engine.watching.run));
  stack.use(courier.start());
  stack.use(slack.start());
  stack.defer(store.onWork(engine.nudge));
  const running = stack.move();
  const close = async (): Promise<void> => running.disposeAsync();
  return {
    url: urlOf(config, listening.address),
    ...(http.generatedToken === undefined ? {} : { generatedToken: http.generatedToken }),
    log,
    fetch,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * The whole server, but for its socket and its timers: nothing happens by itself yet.
 *
 * @throws ConfigError for an unreadable file; Error when the store cannot be opened
 */
export async function openServer(options: AssembleOptions, stack: AsyncDisposableStack): Promise<Opened> {
  const { config } = options;
  const unusable = [...unusableTokenFiles(config), ...unusableChannelFiles(config), ...unusableLoginFiles(config)];
  if (unusable.length > 0) throw new ConfigError(unusable);
  const parts = await openParts(options, stack);
  const engine = createEngine(config, parts);
  const courier = openCourier(config, { ...parts, ...engine.pages, batches: engine.planParts }, stack);
  const slack = openSlack(config, { ...parts, ...engine.answering, ...engine.pages });
  const http = await createHttp(config, parts, { ...engine, slack });
  stack.defer(async () => {
    parts.quota.close();
    await engine.worker.stop(SHUTDOWN_MS);
    await engine.watching.settled();
  });
  return { parts, engine, http, courier, slack };
}

interface Opened {
  readonly parts: Parts;
  readonly engine: ReturnType<typeof createEngine>;
  readonly http: Awaited<ReturnType<typeof createHttp>>;
  readonly courier: OpenedCourier;
  readonly slack: OpenedSlack;
}

type Parts = Awaited<ReturnType<typeof openParts>>;

/** The parts that are opened first and closed last: the log, the store, EC2, and the observers. */
async function openParts(options: AssembleOptions, stack: AsyncDisposableStack) {
  const { config, environment } = options;
  const output = stack.adopt(openOutput(STDOUT), (open) => {
    open.close();
  });
  const log = await createLog({ level: config.log_level, format: config.log_format, destination: output });
  const tracer = stack.adopt(
    await createTracer((name) => readVariable(environment, name), version(), log),
    async (opened) => opened.close(),
  );
  const telling = tellingSettings(config);
  const opened = stack.adopt(
    await openStore(config.database_url, config.data_dir, {
      noticesOf: (move) => noticesOf(move, telling),
      onPermissions: (told) => {
        log.warn(told);
      },
    }),
    async (open) => open.close(),
  );
  const assembled = stack.use(assemble(options, { store: opened, log }));
  const { clock, quota } = assembled;
  const channels = config.channels.map(({ name }) => name);
  const savings = openSavings(config, { store: opened, clock });
  const metrics = createMetrics({ store: opened, quota, clock, version: version(), channels, savings: savings.lately });
  output.onDropped(() => {
    metrics.logLineDropped();
  });
  const observer = createObserver(log, metrics);
  const observed = observeStore(opened, tracer, (operation, ms) => {
    metrics.storeCalled(operation, ms);
  });
  const waiters = createWaiters(async (id) => observed.find(id));
  const work = traceWork(tracer, WEBHOOK_PATHS);
  const changes = stack.use(
    createChanges({
      send: async (hint) => opened.sendHint(hint),
      receive: (listener) => opened.onHint(listener),
      onJoined: () => {
        metrics.hintSent({ outcome: 'joined' });
      },
    }),
  );
  const tell = createTell([observer, waiters, work, changes], (error) => {
    observer.fault('a listener could not be told', error);
  });
  const store = tellMoves(tellChanges(observed, changes.changed), tell);
  return { ...assembled, changes, log, metrics, observer, savings, store, tell, tracer, waiters, work };
}

/** The worker, and the parts that it shares with plans and with people's requests. */
function createEngine(config: Config, parts: Parts) {
  const { clock, lookUpName, observer, quota, settings, store, work } = parts;
  const watching = openWatching(config, parts);
  const owner = randomUUID();
  const planParts = {
    ...createEc2Batches(
      (client) => watching.clients[client],
      quota,
      async (requests) => store.send(owner, requests, clock()),
    ),
    settings,
    readActs: createReadActs(store, settings, clock),
    readWords: createReadWords(store),
    readVoice: createReadVoice(store, clock),
    readTold: createReadTold(store),
    ...askers(config, parts),
    lookUpName,
    clock,
  };
  const worker = createWorker({
    ...planParts,
    store,
    owner,
    readStanding: createReadStanding(store, owner, clock),
    random: Math.random,
    observer,
    onJudged: observer.judged,
    carrying: work.carrying,
  });
  const keeper = openScheduleKeeper(config, parts);
  const nudge = (): void => {
    worker.nudge();
    keeper.nudge();
  };
  const intake = createIntake({ store, clock, tell: parts.tell, nudge });
  const leaseParts = { store, intake, client: config.client, observer, clock };
  const answering = {
    store,
    observer,
    nudge,
    clock,
    intake,
    locate: createLocate({ ...planParts, client: config.client }),
    holds: holdSettings(config),
    prices: config.prices,
    savings: parts.savings,
    awaitOperation: parts.waiters.awaitOperation,
    ...(config.leases.default === undefined ? {} : { defaultLeaseMs: config.leases.default }),
  };
  const pages = openPages(config, answering, planParts);
  return { planParts, worker, keeper, nudge, leaseParts, answering, pages, watching };
}

/** The routes and their authorization. After `stop`, the server reports that it is not ready. */
async function createHttp(
  config: Config,
  parts: Parts,
  { planParts, worker, answering, pages, slack }: ReturnType<typeof createEngine> & { readonly slack: OpenedSlack },
) {
  const { changes, clock, labels, log, metrics, settings, store } = parts;
  const enterAsStranger = createStrangersRoom();
  const readJson = createJsonReader(enterAsStranger);
  const warnSparingly = createFewLines(log);
  const auth = await createAuth({ config, store, readJson, log, warnSparingly, clock });
  if (config.auth === 'none')
    log.warn('AUTH=none: everyone who can reach this port can start and stop machines. Set AUTH_TOKEN instead');
  const live = createLive({ changes, metrics, ...createKnownBrakes(store, settings.guards, clock) });
  let isStopping = false;
  const httpParts: HttpParts = {
    ...answering,
    telling: { ...tellingSettings(config), zone: config.zone, digest: digestTime(config) },
    ...(slack.door === undefined ? {} : { slack: slack.door }),
    ...openOpenid(config, { store, clock, log }),
    ...pages,
    shownConfig: showConfig(config),
    engine: settings,
    about: { version: version(), database: config.database_url === undefined ? 'SQLite' : 'PostgreSQL' },
    plan: async (intents) => planIntents({ ...planParts, store }, intents),
    checkStore: createSharedCheck(async () => store.check()),
    ...live,
    isWorkerHealthy: () => worker.isHealthy() && !isStopping,
    ...auth,
    readJson,
    enterAsStranger,
    defaultClient: config.client,
    resolvedStops: settings.guards.onResolved.stops,
    labels,
    tagNames: config.names.from_tags,
    metrics,
    log,
    warnSparingly,
  };
  const { fetch } = createHttpApp(httpParts, (context) => {
    const peer = getConnInfo(context).remote.address;
    return { peer, remote: auth.remoteOf(peer, context.req.raw.headers) };
  });
  const stop = (): void => {
    isStopping = true;
    live.eventStreams.close();
  };
  return { fetch, warm: async () => warmMachines(httpParts), generatedToken: auth.generatedToken, stop, warnSparingly };
}
