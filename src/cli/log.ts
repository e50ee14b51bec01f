import { pino } from 'pino';
import { isBucketcastError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Settings } from '../config/settings.ts';
import type { Session } from './session.ts';

/** Log lines on standard error only: JSON, or readable on a terminal. */
export async function openLogger(
  { level }: Settings['log'],
  { errors }: Pick<Session, 'errors'>,
): Promise<Logger> {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: errorFacts },
  };
  const stream = { write: (line: string) => void errors.write(line) };
  if (!errors.isTTY) {
    const logger: Logger = pino(options, stream);
    return logger;
  }
  const { prettyFactory } = await import('pino-pretty');
  const pretty = prettyFactory({
    colorize: true,
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true,
    ignore: 'pid,hostname',
  });
  const logger: Logger = pino(options, { write: (line: string) => void errors.write(pretty(line) ?? line) });
  return logger;
}

/** Trouble that we have words for is told by them; the stack is for what nobody expected. */
function errorFacts(error: unknown): unknown {
  if (!isBucketcastError(error)) return error instanceof Error ? pino.stdSerializers.err(error) : error;
  const { code, message, hint } = error;
  return { code, message, ...(hint !== undefined && { hint }) };
}
