/** Starts an operator, has it serve a request, stops it, and prints which packages that has loaded. */
import { mkdtempDisposableSync } from 'node:fs';
import { registerHooks } from 'node:module';

const loaded = new Set<string>();
registerHooks({
  resolve: (specifier, context, next) => {
    // prom-client has the interface of OpenTelemetry loaded for its exemplars, whether there are any or not.
    if (context.parentURL?.includes('/node_modules/prom-client/') === true) return next(specifier, context);
    if (/^[@a-z]/.test(specifier) && !specifier.startsWith('node:') && !specifier.startsWith('file:'))
      loaded.add(specifier);
    return next(specifier, context);
  },
});

// After the hooks, which see only what is loaded from then on.
const { startApp } = await import('../../src/app.ts');
const { loadConfig } = await import('../../src/config/load.ts');

using directory = mkdtempDisposableSync('/tmp/ec2-operator-modules-');
const environment = { ...process.env, HOST: '127.0.0.1', PORT: '0', DATA_DIR: directory.path, AUTH: 'none' };
const app = await startApp({ config: loadConfig({ ...environment, LOG_LEVEL: 'silent' }), environment });
await fetch(`${app.url}/metrics`);
await app.close();
process.stdout.write(`\n${[...loaded].sort().join(' ')}\n`);
// Connections to a collector that is not there are not waited for.
process.exit();
