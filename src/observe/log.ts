/** Structured log lines on standard output: JSON, one a line, or a form for people on a terminal. */
import { pino, type Logger } from 'pino';
import { openOutput, type Output } from './output.ts';
import { escapeControls } from './printable.ts';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ['json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Names under which a secret could come along in an object that is logged. */
const SECRETS = ['authorization', 'token', 'password', 'secret', 'credentials'];

export interface LogOptions {
  readonly level: LogLevel;
  /** Default: for people on a terminal, JSON elsewhere. */
  readonly format?: LogFormat | undefined;
  /** Where the lines go; standard output unless given. */
  readonly destination?: Pick<Output, 'write'> & Partial<Output>;
}

export const STDOUT = 1;

export async function createLog({ level, format, destination = openOutput(STDOUT) }: LogOptions): Promise<Log> {
  const shown = format ?? (destination.isTerminal === true ? 'pretty' : 'json');
  const toText = shown === 'json' ? escapeControls : await loadPretty();
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
    log.warn({ lines }, 'lines of the log were dropped: whatever takes standard output took nothing for a while');
  });
  return log;
}

/** Only where somebody reads: a server has no use for it. */
async function loadPretty(): Promise<(line: string) => string> {
  const { createPretty } = await import('./pretty.ts');
  return createPretty();
}
