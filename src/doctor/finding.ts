/** What the doctor says: one finding about one thing, in words for people. */

/** `error`: something would fail, or act on the wrong machine. `info`: could not be looked at, or worth knowing. */
export const SEVERITIES = ['error', 'warning', 'info', 'ok'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Finding {
  readonly severity: Severity;
  /** What was looked at, such as `permissions` or `alertmanager.route`. */
  readonly check: string;
  /** What it is about: a place, a host, a rule, a receiver. Absent: the whole set-up. */
  readonly about?: string;
  /** What was seen. */
  readonly evidence: string;
  /** What to do about it; absent where nothing is to be done. */
  readonly change?: string;
}

/** Makes the findings of one check. */
export interface Reporter {
  readonly ok: (evidence: string, about?: string) => Finding;
  readonly info: (evidence: string, change?: string, about?: string) => Finding;
  readonly warning: (evidence: string, change: string, about?: string) => Finding;
  readonly error: (evidence: string, change: string, about?: string) => Finding;
}

/** @param subject what its findings are about, unless they say otherwise */
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

/** Whether something would fail. */
export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

/** At most so many of them, for a sentence. */
export function listSome(items: readonly string[], most = 5): string {
  const shown = items.slice(0, most).join(', ');
  return items.length > most ? `${shown} and ${items.length - most} more` : shown;
}
