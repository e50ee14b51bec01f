import { BucketcastError, type ErrorCode, isBucketcastError } from '../base/errors.ts';

/** A `BucketcastError` as data, for messages between threads, where classes do not survive. */
export interface PlainError {
  /** Absent for an error that is not ours: a fault of the code. */
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly retryable: boolean;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  /** The cause's own words. */
  readonly cause: string | undefined;
  readonly stack: string | undefined;
}

export function toPlainError(error: unknown): PlainError {
  const stack = error instanceof Error ? error.stack : undefined;
  if (!isBucketcastError(error)) {
    return {
      code: undefined,
      message: String(error),
      retryable: false,
      hint: undefined,
      details: {},
      cause: undefined,
      stack,
    };
  }
  const { code, message, retryable, hint, details } = error;
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  return { code, message, retryable, hint, details: cloneable(details), cause, stack };
}

export function fromPlainError(plain: PlainError): Error {
  const { code, message, retryable, hint, details, cause } = plain;
  const error =
    code === undefined
      ? new Error(message)
      : new BucketcastError(code, message, {
          retryable,
          details,
          ...(hint !== undefined && { hint }),
          ...(cause !== undefined && { cause: new Error(cause) }),
        });
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}

/** Facts are numbers and short strings; anything else is told in words. */
function cloneable(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [name, isPrimitive(value) ? value : String(value)]),
  );
}

function isPrimitive(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value);
}
