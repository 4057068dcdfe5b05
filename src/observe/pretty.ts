/** Readable log lines from pino's JSON, with escaped control characters. */
import { prettyFactory } from 'pino-pretty';
import { writeOut } from './printable.ts';

export function createPretty(): (line: string) => string {
  const pretty = prettyFactory({
    messageKey: 'message',
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'service',
    singleLine: true,
  });
  return (line) => {
    const entry: unknown = JSON.parse(line);
    return pretty(writtenOut(entry, ''));
  };
}

/** The line breaks that belong to a stack. */
const STACK_LINE = /\n(?=\s+at |caused by: )/u;

function writtenOut(value: unknown, key: string): unknown {
  if (typeof value === 'string') {
    return key === 'stack' ? value.split(STACK_LINE).map(writeOut).join('\n') : writeOut(value);
  }
  if (Array.isArray(value)) return value.map((member) => writtenOut(member, ''));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [writeOut(name), writtenOut(member, name)]));
}
