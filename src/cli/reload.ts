import { isBucketcastError } from '../base/errors.ts';
import type { SettingsChange } from '../config/compare-settings.ts';
import type { CompleteSettings } from '../config/load-settings.ts';
import type { Log } from './log.ts';

export interface ReloadParts {
  /** Reads every source anew. Throws `invalid-settings`. */
  readonly load: () => CompleteSettings;
  /** Takes over what can be taken over while running. */
  readonly node: { reload(settings: CompleteSettings): SettingsChange };
  readonly log: Log;
  readonly stopping: AbortSignal;
}

/**
 * Reads the settings again and applies what can be; says what it was, what needs a restart, or what is wrong: then
 * everything stays as it is. Never throws, and runs in one go, so that two calls cannot mix.
 */
export function reload({ load, node, log, stopping }: ReloadParts): void {
  if (stopping.aborted) {
    log.info({}, 'the node is stopping; its settings are not read again');
    return;
  }
  try {
    const settings = load();
    const change = node.reload(settings);
    // At the level of before or after, whichever says more.
    const { level } = settings.log;
    if (severities.indexOf(level) < severities.indexOf(log.level)) log.level = level;
    report(change, log);
    log.level = level;
  } catch (error) {
    const problems = isBucketcastError(error, 'invalid-settings')
      ? { problems: linesOf(error) }
      : { err: error };
    log.error(problems, 'the settings could not be read again; those of before stay in force');
  }
}

const severities: readonly string[] = ['debug', 'info', 'warn', 'error', 'silent'];

function report({ live, restart }: SettingsChange, log: Log): void {
  if (live.length > 0) log.info({ settings: live }, 'the settings were read again, and these changed');
  if (restart.length > 0) log.warn({ settings: restart }, 'these settings change with the next start only');
  if (live.length + restart.length === 0) log.info({}, 'the settings were read again: nothing has changed');
}

/** The mistakes in settings, without the line that counts them. */
function linesOf({ message }: Error): readonly string[] {
  const lines = message.split('\n').map((line) => line.trim());
  return lines.length === 1 ? lines : lines.slice(1);
}
