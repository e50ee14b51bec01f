import { BucketcastError } from '../base/errors.ts';
import type { SinkOf } from '../config/sink-settings.ts';
import type { CommandEnvironment } from './command-environment.ts';
import type { ProcessEnd } from './command-process.ts';
import { programFault } from './program-path.ts';

type Place = Pick<SinkOf<'command'>, 'command' | 'directory'>;

/**
 * `what`: what happened to the command, `ended with exit code 3` and the like. Arguments may hold secrets, and the system's own error
 * lists them, so neither is told.
 */
export function commandTrouble(
  settings: Place,
  what: string,
  end: ProcessEnd,
  hint?: string,
): BucketcastError {
  const program = settings.command[0];
  const { words } = end;
  const last = words === '' ? '' : `: ${words.split('\n').at(-1)}`;
  return new BucketcastError('sink-unavailable', `the command ${JSON.stringify(program)} ${what}${last}`, {
    details: { program, ...exitFacts(end), ...(words !== '' && { stderr: words }) },
    ...(hint !== undefined && { hint }),
  });
}

/** The program could not be started at all. */
export function startTrouble(
  settings: Place,
  environment: CommandEnvironment,
  end: Extract<ProcessEnd, { type: 'unstarted' }>,
): BucketcastError {
  // The system says ENOENT for a missing working directory too.
  const fault = programFault(settings, environment);
  const reason = fault?.reason ?? (end.error as NodeJS.ErrnoException).code ?? end.error.name;
  return commandTrouble(settings, `could not be started: ${reason}`, end, fault?.hint);
}

/** `ended with exit code 3`, `was ended by SIGKILL`. */
export function howItEnded(end: Extract<ProcessEnd, { type: 'ended' }>): string {
  return end.signal === null ? `ended with exit code ${end.exitCode}` : `was ended by ${end.signal}`;
}

function exitFacts(end: ProcessEnd): object {
  if (end.type === 'unstarted') return { errno: (end.error as NodeJS.ErrnoException).code };
  return end.signal === null ? { exitCode: end.exitCode } : { signal: end.signal };
}
