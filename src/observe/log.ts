/** Structured log lines: JSON, one a line, on standard output. */
import { pino, type Logger } from 'pino';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Names under which a secret could come along in an object that is logged. */
const SECRETS = ['authorization', 'token', 'password', 'secret', 'credentials'];

export function createLog(level: LogLevel): Log {
  return pino({
    level,
    base: { service: 'ec2-operator' },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    messageKey: 'message',
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
  });
}
