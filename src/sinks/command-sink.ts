import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Update } from '../base/update.ts';
import type { SinkOf } from '../config/sink-settings.ts';
import { SECOND } from '../config/units.ts';
import { type CommandEnvironment, commandEnvironment, withoutGivenSecrets } from './command-environment.ts';
import { CommandProcess } from './command-process.ts';
import { CommandRuns } from './command-runs.ts';
import { CommandStream } from './command-stream.ts';
import { checkProgram } from './program-path.ts';
import { ProgramWords } from './program-words.ts';
import type { Sink, SinkControl } from './sink.ts';

export interface CommandSinkParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** In log lines and errors. */
  readonly subscription: string;
  /** Default: that of this process. */
  readonly environment?: CommandEnvironment;
  /** Time between asking a process group to end and killing it, milliseconds. Default: two seconds. */
  readonly graceMs?: number;
}

/** Hands updates to a program, as NDJSON on its standard input. What it writes to standard error goes to the node's log. */
export class CommandSink implements Sink {
  readonly #mode: Sink;

  constructor(settings: SinkOf<'command'>, parts: CommandSinkParts) {
    const { clock, logger, subscription, graceMs = 2 * SECOND } = parts;
    const { command, directory } = settings;
    const environment = commandEnvironment(parts.environment ?? process.env, settings);
    const facts = { subscription, program: command[0] };
    const words = new ProgramWords(logger, clock, facts);
    const common = {
      command,
      directory,
      environment,
      clock,
      graceMs,
      onWords: (line: () => string) => words.say(line),
      redact: (text: string, isCut: boolean) => withoutGivenSecrets(text, settings, isCut),
    };
    const own = {
      settings,
      environment,
      clock,
      start: (onLines: ConstructorParameters<typeof CommandProcess>[0]['onLines']) =>
        new CommandProcess({ ...common, onLines }),
      onEnd: (how: string) =>
        logger.info({ ...facts, how }, 'the command has ended; the next update starts it again'),
    };
    this.#mode = settings.mode === 'batch' ? new CommandRuns(own) : new CommandStream(own);
  }

  /** Throws `invalid-settings` when the program or its directory is not there. */
  static open(settings: SinkOf<'command'>, parts: CommandSinkParts): CommandSink {
    checkProgram(
      parts.subscription,
      settings,
      commandEnvironment(parts.environment ?? process.env, settings),
    );
    return new CommandSink(settings, parts);
  }

  deliver(updates: readonly Update[], control: SinkControl): Promise<void> {
    return this.#mode.deliver(updates, control);
  }

  /** Resolves when nobody is left of what it has started. */
  close(): Promise<void> {
    return this.#mode.close();
  }
}
