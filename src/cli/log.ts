import { pino } from 'pino';
import { isBucketcastError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Settings } from '../config/settings.ts';
import { BoundedLines } from './bounded-lines.ts';
import type { Session } from './session.ts';

type Level = Settings['log']['level'];

/** A logger whose level can be changed while it is in use. */
export interface Log extends Logger {
  level: string;
}

/** Log lines on standard error only: JSON, or readable on a terminal; times are UTC in both. */
export async function openLogger(
  { level }: { readonly level: Level },
  { errors }: Pick<Session, 'errors'>,
): Promise<Log> {
  const readable = errors.isTTY ? await terminalForm() : (line: string) => line;
  const lines = new BoundedLines(errors, (dropped) =>
    log.error({ dropped }, 'log lines were dropped: whatever reads this log is too slow'),
  );
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: errorFacts },
  };
  const log: Log = pino(options, { write: (line: string) => lines.write(readable(line)) });
  return log;
}

/**
 * Trouble that we have words for is told by them; the stack is for what nobody expected. Whatever else hangs on an error
 * of a library (requests, headers) stays out.
 */
export function errorFacts(error: unknown): unknown {
  if (isBucketcastError(error)) {
    const { code, message, hint } = error;
    return { code, message, ...(hint !== undefined && { hint }) };
  }
  if (!(error instanceof Error)) return { message: String(error) };
  const { type, message, stack } = pino.stdSerializers.err(error);
  return { type, message, stack };
}

async function terminalForm(): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty');
  const pretty = prettyFactory({
    colorize: true,
    translateTime: "UTC:HH:MM:ss'Z'",
    singleLine: true,
    ignore: 'pid,hostname',
  });
  return (line) => pretty(line) ?? line;
}
