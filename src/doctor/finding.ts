/** A finding: what the doctor says about one thing. */

/** `error`: something would fail, or act on the wrong machine. `info`: could not be checked, or is worth knowing. */
export const SEVERITIES = ['error', 'warning', 'info', 'ok'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Finding {
  readonly severity: Severity;
  /** The name of the check, such as `permissions` or `alertmanager.route`. */
  readonly check: string;
  /** The place, host, rule or receiver; absent for the whole setup. */
  readonly about?: string;
  /** The evidence. */
  readonly evidence: string;
  /** The remedy; absent when there is nothing to do. */
  readonly change?: string;
}

/** Makes the findings of one check. */
export interface Reporter {
  readonly ok: (evidence: string, about?: string) => Finding;
  readonly info: (evidence: string, change?: string, about?: string) => Finding;
  readonly warning: (evidence: string, change: string, about?: string) => Finding;
  readonly error: (evidence: string, change: string, about?: string) => Finding;
}

/** @param subject the default for `about` */
export function report(check: string, subject?: string): Reporter {
  const make =
    (severity: Severity) =>
    (evidence: string, change?: string, about = subject): Finding => ({
      severity,
      check,
      ...(about === undefined ? {} : { about }),
      evidence,
      ...(change === undefined ? {} : { change }),
    });
  const ok = make('ok');
  return {
    ok: (evidence, about) => ok(evidence, undefined, about),
    info: make('info'),
    warning: make('warning'),
    error: make('error'),
  };
}

/** Leaves out the checks that found nothing. */
export function findingsOf(checks: readonly (Finding | false | undefined)[]): readonly Finding[] {
  return checks.filter((check) => check !== undefined && check !== false);
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

/** The first items, and the number of the others. */
export function listSome(items: readonly string[], most = 5): string {
  const shown = items.slice(0, most).join(', ');
  return items.length > most ? `${shown} and ${items.length - most} more` : shown;
}

/** Errors of several addresses at once have no message of their own. */
export function messageOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.message === '' && 'code' in cause ? String(cause.code) : cause.message;
}
