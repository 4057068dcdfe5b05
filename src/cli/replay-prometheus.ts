/** Reads the past use of machines from Prometheus, before anything else is installed. */
import type { Config } from '../config/schema.ts';
import { readConfig } from '../config/read.ts';
import type { PastUse } from '../domain/past-use.ts';
import { ApiError, type Api } from '../outgoing/get-json.ts';
import { LABEL_NAME } from '../prometheus/gpu-use.ts';
import { readPastUse } from '../prometheus/past-use.ts';
import { readNumber, type Call } from './call.ts';
import { CommandError, EXIT, usageError } from './command-error.ts';

interface FromPrometheus {
  readonly past: readonly PastUse[];
  readonly source: { readonly name: string };
  readonly cannotTell: readonly string[];
}

const DAY_MS = 86_400_000;
const MOST_DAYS = 90;

/** @param changed the configuration of `--config` @throws CommandError */
export async function readFromPrometheus(call: Call, changed: Config | undefined): Promise<FromPrometheus> {
  const { line, screen, signal, environment } = call;
  const days = readNumber(call, 'days', [1, MOST_DAYS]) ?? 14;
  const [by, type] = [readLabel(call, 'by', 'instance'), readLabel(call, 'type-label', 'instance_type')];
  const api = readApi(line.values.get('prometheus'), changed ?? readConfig(environment));
  const until = Date.now();
  let told = 0;
  const progress = (part: number): void => {
    signal.throwIfAborted();
    const tenths = Math.floor(part * 10);
    if (!screen.isTerminal || tenths <= told) return;
    told = tenths;
    screen.note([{ text: `${tenths * 10} % of ${days} days are read`, style: 'quiet' }]);
  };
  const { past, unnamed } = await asked(readPastUse(api, { since: until - days * DAY_MS, until, by, type, progress }));
  signal.throwIfAborted();
  if (past.length === 0)
    throw new CommandError(
      EXIT.failed,
      `expected readings of nvidia_smi_utilization_gpu_ratio or DCGM_FI_DEV_GPU_UTIL from the last ${days} days with the label ${by}, got none that count: does this Prometheus watch GPUs? ec2-operator doctor says which have no readings`,
    );
  const { host } = new URL(api.url);
  return {
    past,
    source: { name: `Prometheus at ${host}` },
    cannotTell: [
      'what happened between readings: a minute counts as busy if one of its readings shows work, and time without readings counts as nothing at all',
      'why a machine had no readings: it may have been stopped already',
      ...(unnamed === 0 ? [] : [`which machine ${unnamed} series are about: their label ${by} names none`]),
    ],
  };
}

function readLabel({ line }: Call, option: string, fallback: string): string {
  const label = line.values.get(option) ?? fallback;
  if (LABEL_NAME.test(label)) return label;
  throw usageError(`expected the name of a label such as ${fallback} for --${option}, got "${label}"`);
}

function readApi(url: string | undefined, { prometheus }: Config): Api {
  if (url !== undefined) {
    const parsed = URL.parse(url);
    if (
      parsed === null ||
      !['http:', 'https:'].includes(parsed.protocol) ||
      parsed.username !== '' ||
      parsed.password !== ''
    )
      throw usageError(
        'expected an address such as http://127.0.0.1:9090 for --prometheus, without a user or password',
      );
    // The token belongs to the configured server.
    return prometheus !== undefined && URL.parse(prometheus.url)?.origin === parsed.origin
      ? { ...prometheus, url }
      : { url };
  }
  if (prometheus !== undefined) return prometheus;
  throw usageError('expected --prometheus URL, or a configuration with prometheus.url: where does Prometheus answer?');
}

async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new CommandError(EXIT.unreachable, error.message, { cause: error });
  }
}
