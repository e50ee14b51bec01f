import { errorMessage } from '../base/error-message.ts';
import { isBucketcastError } from '../base/errors.ts';
import { Interruption } from './exit-code.ts';

/** What a person is told of an error: the message, what to do, and what lies behind it. */
export function failureText(error: unknown): string {
  if (error instanceof Interruption) return '';
  const message = errorMessage(error);
  const hint = isBucketcastError(error) && error.hint !== undefined ? `  ${error.hint}\n` : '';
  const cause = causeText(error, message);
  return `bucketcast: ${message}\n${cause}${hint}`;
}

/** The innermost cause, unless the message already says it. */
function causeText(error: unknown, message: string): string {
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  if (!(cause instanceof Error) || cause === error || message.includes(cause.message)) return '';
  // What the S3 client says of an answer without a body.
  if (cause.message === 'UnknownError') return '';
  // The message says it in words.
  if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE') return '';
  return `  because: ${cause.message}\n`;
}
