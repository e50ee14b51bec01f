import { isBucketcastError } from '../base/errors.ts';

/** What the process says when it ends; documented in `bucketcast --help`. */
export const exitCode = {
  done: 0,
  failed: 1,
  /** A flag, an argument or a setting is wrong; nothing was started. */
  usage: 2,
  /** No answer from the store. */
  unreachable: 3,
  /** Some of it was done. */
  partly: 4,
  /** Nothing is known of what was asked for. */
  unknown: 5,
  /** The terminal was closed. */
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** An argument that only the command itself can judge. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Why a running command is asked to stop: a signal, or a reader that went away. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly code: ExitCode;

  constructor(what: string, code: ExitCode) {
    super(what);
    this.code = code;
  }
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Interruption) return error.code;
  if (error instanceof UsageError || isBucketcastError(error, 'invalid-settings')) return exitCode.usage;
  if (isBucketcastError(error, 'store-unavailable')) return exitCode.unreachable;
  return exitCode.failed;
}
