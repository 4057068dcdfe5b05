/** Findings as text. The worst come last, next to the prompt. */
import type { Line, Style } from '../cli/screen.ts';
import { wrap } from '../cli/wrap.ts';
import { SEVERITIES, type Finding, type Severity } from './finding.ts';

const MARK: Readonly<Record<Severity, { readonly text: string; readonly style: Style }>> = {
  ok: { text: 'ok     ', style: 'good' },
  info: { text: 'info   ', style: 'quiet' },
  warning: { text: 'warning', style: 'pending' },
  error: { text: 'ERROR  ', style: 'bad' },
};

const INDENT = ' '.repeat(9);
const NARROWEST = 40;

/** @param width characters in a line of the terminal */
export function showFindings(findings: readonly Finding[], width: number): readonly Line[] {
  const room = Math.max(NARROWEST, width) - INDENT.length;
  return [
    ...SEVERITIES.toReversed().flatMap((severity) =>
      findings.filter((finding) => finding.severity === severity).flatMap((finding) => showOne(finding, room)),
    ),
    [],
    [{ text: summarize(findings), style: 'strong' }],
  ];
}

function showOne({ severity, check, about, evidence, change }: Finding, room: number): readonly Line[] {
  const subject = about === undefined ? '' : `  ${about}`;
  const toDo = change === undefined ? [] : wrap(`To do: ${change}`, room);
  return [
    [MARK[severity], '  ', { text: check, style: 'strong' }, subject],
    ...wrap(evidence, room).map((line): Line => [INDENT, line]),
    ...toDo.map((line): Line => [INDENT, { text: line, style: 'quiet' }]),
  ];
}

/** `2 errors, 1 warning, 12 ok`. */
function summarize(findings: readonly Finding[]): string {
  const { error, warning, info, ok } = countBySeverity(findings);
  const verdict = error > 0 ? 'Something would fail' : 'Nothing that was checked would fail';
  const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
  return `${verdict}: ${plural(error, 'error')}, ${plural(warning, 'warning')}, ${info} info, ${ok} ok`;
}

export function countBySeverity(findings: readonly Finding[]): Readonly<Record<Severity, number>> {
  const count = (wanted: Severity): number => findings.filter(({ severity }) => severity === wanted).length;
  return { error: count('error'), warning: count('warning'), info: count('info'), ok: count('ok') };
}
