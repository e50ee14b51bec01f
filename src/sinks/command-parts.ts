import type { Clock } from '../base/clock.ts';
import type { SinkOf } from '../config/sink-settings.ts';
import type { CommandEnvironment } from './command-environment.ts';
import type { CommandProcess } from './command-process.ts';
import type { Line } from './line-splitter.ts';

/** What both ways of running a command need. */
export interface CommandParts {
  readonly settings: SinkOf<'command'>;
  /** Of the program. */
  readonly environment: CommandEnvironment;
  readonly clock: Pick<Clock, 'after'>;
  readonly start: (onLines: (lines: readonly Line[]) => void) => CommandProcess;
  /** A run has ended when nobody waited for it. */
  readonly onEnd: (how: string) => void;
}
