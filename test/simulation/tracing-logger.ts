import type { Logger } from '../../src/base/logger.ts';

/** Writes everything that a node logs, one line each. */
export function tracingLogger(trace: (line: string) => void): Logger {
  const say = (facts: object, message: string) =>
    trace(`${message} ${Object.values(facts).map(String).join(' ')}`);
  return { debug: say, info: say, warn: say, error: say };
}
