import type { ExitCode } from './exit-code.ts';
import type { Session } from './session.ts';

/** What a command does, and the exit code that it ends with. */
export type CommandBody<Arguments extends unknown[]> = (
  session: Session,
  ...values: Arguments
) => Promise<ExitCode>;

/** Makes commander's action of a command's body; given to every `add…Command`. */
export type RunCommand = <Arguments extends unknown[]>(
  body: CommandBody<Arguments>,
) => (...values: Arguments) => Promise<void>;
