/** The operator within this process, for what cannot be done to a process from outside: its clock and its resolver. */
import { startApp } from '../../src/app.ts';
import type { AssembleOptions } from '../../src/assemble.ts';
import { loadConfig } from '../../src/config/load.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { fleetOf, machines } from '../support/fleet.ts';
import { sandboxEnvironment, temporaryDirectory } from '../support/operator.ts';
import { CAMPAIGN_CONFIG, type Site } from './site.ts';

type Embedded = Pick<Site, 'sandbox' | 'urls' | 'closing'> & AsyncDisposable;

export async function embedOperator(
  options: Pick<AssembleOptions, 'clock' | 'lookUpName'> & { readonly machines: number },
): Promise<Embedded> {
  const { machines: count, ...injected } = options;
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.use(
    await startSandbox({ fleet: fleetOf(machines(count)), timings: { startMs: 200, stopMs: 300 } }),
  );
  const environment = {
    HOST: '127.0.0.1',
    PORT: '0',
    AUTH: 'none',
    LOG_LEVEL: 'silent',
    DATA_DIR: await temporaryDirectory(stack),
    ...sandboxEnvironment(sandbox),
  };
  const app = stack.use(await startApp({ config: loadConfig(environment, CAMPAIGN_CONFIG), environment, ...injected }));
  const closing = new AbortController();
  stack.defer(() => {
    closing.abort();
  });
  const running = stack.move();
  return {
    sandbox,
    urls: [app.url],
    closing: closing.signal,
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}
