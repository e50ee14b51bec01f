import { BucketcastError, errorCodes, isBucketcastError, PoisonError } from '../base/errors.ts';
import { isSameUpdate, type Update } from '../base/update.ts';
import { fromPlainError, type PlainError, toPlainError } from './plain-error.ts';

/** What a handler threw, as data. */
export interface HandlerFailure {
  readonly error: PlainError;
  /** `code` of an error that is not ours, such as `ECONNREFUSED`. */
  readonly systemCode?: string;
  /** Which of the call's updates a `PoisonError` named. */
  readonly blamed?: number;
}

/** In the handler's thread. `updates` are those of its call. */
export function handlerFailure(thrown: unknown, updates: readonly Update[]): HandlerFailure {
  const error = oursOf(thrown);
  if (!isBucketcastError(error)) {
    const plain = { ...toPlainError(error), message: wordsOf(error) };
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
    return { error: plain, ...(typeof code === 'string' && { systemCode: code }) };
  }
  const named = error.code === 'poison' ? (thrown as PoisonError).update : undefined;
  const blamed = named === undefined ? -1 : placeOf(named, updates);
  return { error: toPlainError(error), ...(blamed >= 0 && { blamed }) };
}

/** The same error for whoever handed over `updates`. */
export function thrownBy(failure: HandlerFailure, updates: readonly Update[]): Error {
  const error = fromPlainError(failure.error);
  if (failure.systemCode !== undefined) return Object.assign(error, { code: failure.systemCode });
  if (!isBucketcastError(error, 'poison')) return error;
  const { message, hint, details, cause } = error;
  const update = failure.blamed === undefined ? undefined : updates[failure.blamed];
  return new PoisonError(message, {
    details,
    cause,
    ...(hint !== undefined && { hint }),
    ...(update && { update }),
  });
}

/** Where an update of the handler's stands among `updates`: itself, or a copy of it; -1 without one. */
export function placeOf(update: Update, updates: readonly Update[], from = 0): number {
  const itself = updates.indexOf(update, from);
  if (itself >= 0) return itself;
  return updates.findIndex((other, at) => at >= from && isSameUpdate(other, update));
}

/** A handler may have loaded another copy of this package, whose classes are not ours: its name and code tell. */
function oursOf(error: unknown): unknown {
  if (isBucketcastError(error) || !(error instanceof Error) || error.name !== 'BucketcastError') return error;
  const { code, message, hint, details, cause, retryable } = error as BucketcastError;
  if (!errorCodes.includes(code)) return error;
  return new BucketcastError(code, message, {
    details,
    cause,
    retryable,
    ...(hint !== undefined && { hint }),
  });
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
