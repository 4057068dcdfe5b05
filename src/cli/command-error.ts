/** How a command ends when it does not succeed: with a sentence, and a code that scripts can go by. */

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

/** The command was called in a way that it does not understand. */
export function usageError(message: string, cause?: unknown): CommandError {
  return new CommandError(EXIT.usage, message, { cause });
}

/** From the least to the worst: what a command that did several things ends with. */
const RANK: readonly number[] = [EXIT.ok, EXIT.notYet, EXIT.failed, EXIT.usage, EXIT.unreachable];

/** The worst of these exit codes. */
export function worstOf(codes: readonly number[]): number {
  return codes.reduce((worst, code) => (RANK.indexOf(code) > RANK.indexOf(worst) ? code : worst), EXIT.ok);
}

/** What a command ends with that was interrupted: 128 and the number of the signal, as shells count. */
export function interruptedCode(signal: AbortSignal): number {
  return signal.reason === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
}
