/** Puts the parts together. Embeddable: port 0 takes any free port, and closing leaves nothing behind. */
import { randomBytes, randomUUID } from 'node:crypto';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Environment } from './config/environment.ts';
import type { Config } from './config/schema.ts';
import { isOpen } from './domain/operation.ts';
import { createEc2 } from './ec2/client.ts';
import { observeClient } from './ec2/observed.ts';
import { createQuota, UNLIMITED } from './ec2/quota.ts';
import { createLookUpName, type LookUpName } from './engine/dns.ts';
import { createEc2Batches } from './engine/ec2-batches.ts';
import { createIntake } from './engine/intake.ts';
import { createMoves } from './engine/moves.ts';
import { keepPruning } from './engine/retention.ts';
import type { ConfiguredPlace, EngineSettings } from './engine/settings.ts';
import { createWorker } from './engine/worker.ts';
import { createHttpApp } from './http/app.ts';
import { allowAnyone, requireToken } from './http/auth.ts';
import { createJsonReader } from './http/body.ts';
import { listen } from './http/listen.ts';
import { createLog, type Log } from './observe/log.ts';
import { createMetrics } from './observe/metrics.ts';
import { createObserver } from './observe/observer.ts';
import type { Store } from './store/port.ts';
import { openStore } from './store/open.ts';

export interface AppOptions {
  readonly config: Config;
  /** The AWS variables are read from it. */
  readonly environment: Environment;
  readonly clock?: () => number;
  readonly lookUpName?: LookUpName;
}

export interface App extends AsyncDisposable {
  readonly url: string;
  /** The token that was made because none was configured; undefined otherwise. */
  readonly generatedToken?: string;
  readonly log: Log;
  /** Accepts nothing more, settles or releases what is under way, and closes the store. */
  close(): Promise<void>;
}

/** How long a shutdown waits for EC2 calls that are under way, in milliseconds; `docker stop` kills after 10 s. */
const SHUTDOWN_MS = 6_000;

/** @throws when the store cannot be opened or the port is taken; what was begun by then is undone */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, environment, clock = Date.now } = options;
  await using stack = new AsyncDisposableStack();
  const log = createLog(config.log_level);
  const store = stack.adopt(await openStore(config.database_url, config.data_dir), async (opened) => opened.close());
  const metrics = createMetrics(async () => store.countByState());
  const observer = createObserver(log, metrics);
  const ec2 = stack.adopt(createEc2(ec2Settings(config, environment)), async (opened) => opened.close());
  const clients = {
    native: observeClient(ec2.client('native'), observer),
    cli: observeClient(ec2.client('cli'), observer),
  };
  const quota = config.aws.rate_limits === 'none' ? UNLIMITED : createQuota(config.aws.quota_share);
  const batches = createEc2Batches((client) => clients[client], quota);
  const moves = createMoves(async (id) => store.find(id));
  const worker = createWorker({
    ...batches,
    store,
    owner: randomUUID(),
    settings: engineSettings(config),
    lookUpName: options.lookUpName ?? createLookUpName(),
    clock,
    random: Math.random,
    observer,
    onMoved: moves.moved,
  });
  const generatedToken = await findOrMakeToken(config, store);
  const token = config.auth_token ?? generatedToken;
  if (config.auth === 'none') {
    log.warn('AUTH=none: everybody who can reach this port can start and stop machines. Set AUTH_TOKEN instead');
  }
  let isStopping = false;
  const http = createHttpApp(
    {
      store,
      enqueue: createIntake({
        store,
        clock,
        nudge: () => {
          worker.nudge();
        },
      }),
      cancel: async (id, message) => {
        const before = await store.find(id);
        const after = await store.cancel(id, message, clock());
        if (before !== undefined && isOpen(before) && after?.state === 'cancelled') {
          observer.moved(before, after);
          moves.moved(after);
        }
        return after;
      },
      awaitOperation: moves.awaitOperation,
      isWorkerHealthy: () => worker.isHealthy() && !isStopping,
      authenticate: token === undefined ? allowAnyone() : requireToken(token),
      readJson: createJsonReader(),
      defaultClient: config.client,
      observer,
      metrics,
      log,
      clock,
    },
    (context) => getConnInfo(context).remote.address ?? 'an unknown address',
  );
  stack.defer(async () => {
    quota.close();
    await worker.stop(SHUTDOWN_MS);
  });
  const listening = await listen(http.fetch, config.host, config.port);
  stack.defer(async () => {
    isStopping = true;
    moves.release();
    await listening.close();
  });
  worker.start();
  const pruning = new AbortController();
  const pruned = keepPruning({ store, observer, clock, retentionMs: config.retention }, pruning.signal);
  stack.defer(async () => {
    pruning.abort();
    await pruned;
  });
  stack.defer(
    store.onWork(() => {
      worker.nudge();
    }),
  );
  const running = stack.move();
  const close = async (): Promise<void> => running.disposeAsync();
  const { address, port } = listening.address;
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ...(generatedToken === undefined ? {} : { generatedToken }),
    log,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Nothing is open by accident: where no token is configured, one is made and kept. */
async function findOrMakeToken(config: Config, store: Store): Promise<string | undefined> {
  if (config.auth === 'none' || config.auth_token !== undefined) return undefined;
  return (
    (await store.readSetting('auth_token')) ??
    store.writeSettingOnce('auth_token', randomBytes(24).toString('base64url'))
  );
}

function ec2Settings(config: Config, environment: Environment): Parameters<typeof createEc2>[0] {
  return {
    accounts: config.accounts.map(({ name, role_arn: roleArn, external_id: externalId }) => ({
      name,
      roleArn,
      ...(externalId === undefined ? {} : { externalId }),
    })),
    connectTimeoutMs: config.aws.connect_timeout,
    requestTimeoutMs: config.aws.request_timeout,
    cliConcurrency: config.aws.cli_concurrency,
    environment,
  };
}

function engineSettings(config: Config): EngineSettings {
  const own = config.regions.map((region): ConfiguredPlace => ({ region }));
  const others = config.accounts.flatMap(({ name, role_arn: arn, regions }) =>
    // arn:aws:iam::123456789012:role/name
    regions.map((region): ConfiguredPlace => ({ account: name, accountNumber: arn.split(':')[4] ?? name, region })),
  );
  return {
    places: [...own, ...others],
    hosts: new Map(Object.entries(config.hosts)),
    addresses: config.addresses,
    giveUpMs: config.give_up_after,
    verifyMs: config.verify_for,
  };
}
