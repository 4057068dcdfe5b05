/** The log on standard output: one JSON object per line, or readable lines on a terminal. */
import { pino, type Logger } from 'pino';
import { openOutput, type Output } from './output.ts';
import { escapeControls } from './printable.ts';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ['json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Names of fields that may hold a secret. */
const SECRETS = ['authorization', 'token', 'password', 'secret', 'credentials'];

export interface LogOptions {
  readonly level: LogLevel;
  /** Default: `pretty` on a terminal, `json` elsewhere. */
  readonly format?: LogFormat | undefined;
  /** Default: standard output. */
  readonly destination?: Pick<Output, 'write'> & Partial<Output>;
}

export const STDOUT = 1;

export async function createLog({ level, format, destination = openOutput(STDOUT) }: LogOptions): Promise<Log> {
  const shown = format ?? (destination.isTerminal === true ? 'pretty' : 'json');
  // A server does not need pino-pretty, so it is loaded only on a terminal.
  const toText = shown === 'json' ? escapeControls : (await import('./pretty.ts')).createPretty();
  const log: Log = pino(
    {
      level,
      base: { service: 'ec2-operator' },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'message',
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
      hooks: { streamWrite: toText },
    },
    destination,
  );
  destination.onResumed?.((lines) => {
    log.warn({ lines }, 'log lines were dropped: standard output was blocked for a while');
  });
  return log;
}
