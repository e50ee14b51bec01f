import { Command, CommanderError } from 'commander';
import { packageVersion } from '../base/package-version.ts';
import { addCleanupCommand } from './cleanup-command.ts';
import type { RunCommand } from './command.ts';
import { addConfigCommand } from './config-command.ts';
import { addDeadLettersCommand } from './dead-letters-command.ts';
import { addDoctorCommand } from './doctor-command.ts';
import { type ExitCode, exitCode, exitCodeOf, Interruption, UsageError } from './exit-code.ts';
import { failureText } from './failure.ts';
import { addGetCommand } from './get-command.ts';
import { addKeygenCommand } from './keygen-command.ts';
import { addLimitsCommand } from './limits-command.ts';
import { addNodeCommand } from './node-command.ts';
import { addPublishCommand } from './publish-command.ts';
import type { Session } from './session.ts';
import { addStatusCommand } from './status-command.ts';
import { addTailCommand } from './tail-command.ts';

const codes = `
Exit codes:
  0    done
  1    failed
  2    a flag, an argument or a setting is wrong
  3    the store does not answer, or the running node that was asked
  4    partly done
  5    nobody has published the URL that was asked for
  129  the terminal was closed (SIGHUP)
  130  interrupted (SIGINT)
  143  terminated (SIGTERM)

Settings come from bucketcast.yaml, BUCKETCAST_* variables and flags; secrets never from flags.
`;

/** Runs one command line (without node and script) and returns the process's exit code. */
export async function runCli(words: readonly string[], session: Session): Promise<ExitCode> {
  let code: ExitCode = exitCode.done;
  const run: RunCommand =
    (body) =>
    async (...values) => {
      code = await body(session, ...values);
    };
  try {
    await createProgram(session, run).parseAsync(words, { from: 'user' });
    return session.signal.aborted ? exitCodeOf(session.signal.reason) : code;
  } catch (error) {
    return failed(error, session);
  }
}

function createProgram(session: Session, run: RunCommand): Command {
  const program = new Command('bucketcast')
    .description('Carries updates between servers through nothing but an S3-compatible bucket')
    .version(packageVersion)
    .exitOverride()
    .configureHelp({ helpWidth: 110 })
    .configureOutput({
      writeOut: (text) => void session.output.write(text).catch(() => {}),
      writeErr: (text) => void session.errors.write(text.replace(/^error: /, 'bucketcast: ')),
    })
    .showHelpAfterError('(bucketcast --help says more)')
    .addHelpText('after', codes);
  addNodeCommand(program, run);
  addPublishCommand(program, run);
  addTailCommand(program, run);
  addGetCommand(program, run);
  addStatusCommand(program, run);
  addLimitsCommand(program, run);
  addDeadLettersCommand(program, run);
  addDoctorCommand(program, run);
  addConfigCommand(program, run);
  addKeygenCommand(program, run);
  addCleanupCommand(program, run);
  return program;
}

function failed(error: unknown, session: Session): ExitCode {
  // Commander has said what is wrong; help that was asked for is no failure.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage;
  // A stop makes all kinds of things fail on the way out; why it was asked for is what counts.
  if (session.signal.aborted && session.signal.reason instanceof Interruption)
    return session.signal.reason.code;
  session.errors.write(failureText(error));
  if (error instanceof UsageError) session.errors.write('(bucketcast --help says more)\n');
  return exitCodeOf(error);
}
