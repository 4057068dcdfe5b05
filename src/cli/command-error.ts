/** Errors and exit codes of commands. */

/** The exit codes. `help.ts` explains them. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  notYet: 4,
  interrupted: 130,
  terminated: 143,
} as const;

export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;
  /** The HTTP status that led here, if one did. */
  readonly status: number | undefined;

  constructor(exitCode: number, message: string, options: { readonly status?: number; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.exitCode = exitCode;
    this.status = options.status;
  }
}

/** The command line is wrong. */
export function usageError(message: string, cause?: unknown): CommandError {
  return new CommandError(EXIT.usage, message, { cause });
}

/** From best to worst: a command that did several things ends with the worst. */
const RANK: readonly number[] = [EXIT.ok, EXIT.notYet, EXIT.failed, EXIT.usage, EXIT.unreachable];

export function worstOf(codes: readonly number[]): number {
  return codes.reduce((worst, code) => (RANK.indexOf(code) > RANK.indexOf(worst) ? code : worst), EXIT.ok);
}

/** The exit code of an interrupted command: 128 plus the number of the signal, as in shells. */
export function interruptedCode(signal: AbortSignal): number {
  return signal.reason === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
}
