/** What runs on every GPU machine: an exporter of `nvidia_smi_utilization_gpu_ratio`, which stops when its machine does. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { GPUS_PER_MACHINE, type GpuMachine } from './machines.ts';

export interface Exporter extends AsyncDisposable {
  /** The `host:port` that all machines' metrics are served at, each under `/metrics?target=<instance label>`. */
  readonly address: string;
}

/** The instance label that the seed's rule looks for. */
export function instanceLabel(machine: GpuMachine): string {
  return `${machine.name}:9835`;
}

export async function startExporter(machines: readonly GpuMachine[], sandbox: Sandbox): Promise<Exporter> {
  const byLabel = new Map(machines.map((machine) => [instanceLabel(machine), machine]));
  const server = createServer((request, response) => {
    const target = new URL(request.url ?? '/', 'http://exporter').searchParams.get('target');
    const machine = byLabel.get(target ?? '');
    if (machine === undefined || sandbox.instance(machine.id).state !== 'running') {
      request.socket.destroy();
      return;
    }
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(metricsOf(machine));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected the exporter to listen on TCP');
  return {
    address: `127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

function metricsOf(machine: GpuMachine): string {
  const samples = Array.from({ length: GPUS_PER_MACHINE }, (_, gpu) => {
    const uuid = `GPU-${machine.number.toString(16).padStart(4, '0')}-${gpu}`;
    return `nvidia_smi_utilization_gpu_ratio{uuid="${uuid}"} ${machine.utilisation}\n`;
  });
  return `# TYPE nvidia_smi_utilization_gpu_ratio gauge\n${samples.join('')}`;
}
