import { type Command, Option } from 'commander';
import { packageVersion } from '../base/package-version.ts';
import { SECOND } from '../config/units.ts';
import type { Status } from '../status/status.ts';
import type { RunCommand } from './command.ts';
import { type ExitCode, exitCode, UsageError } from './exit-code.ts';
import { addNodeOptions, type NodeOptions, nodeAddress } from './node-address.ts';
import { NodeClient } from './node-client.ts';
import type { Session } from './session.ts';
import { settingsFor } from './settings-options.ts';
import { tellWithoutNode } from './state-report.ts';
import { problemText, type ScreenStyle, statusScreen, verdict } from './status-screen.ts';
import { timeOption } from './time-option.ts';
import { watchScreen } from './watch-screen.ts';

interface StatusOptions extends NodeOptions {
  readonly watch?: number | true;
  readonly json?: boolean;
  readonly check?: boolean;
}

const examples = `
The first line is the verdict; then each problem with what to do about it, then the figures. docs/status.md lists
every problem and every field. Without a running node it tells what the state directory knows, and ends with 1.
--check prints only what is wrong, and ends with 1 when something critical is, or no node runs.

Examples:
  bucketcast status
  bucketcast status --watch 5s
  bucketcast status --check || systemctl status bucketcast
  bucketcast status --json | jq '.subscriptions[] | {name, lagSeconds}'
  bucketcast status --url http://web-2:7480 --token-file token
`;

const defaultWatchMs = 2 * SECOND;

export function addStatusCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('status')
    .description(
      'how the running node is: what is wrong and what to do, lag, limits, requests and their cost',
    )
    .addOption(
      new Option('--watch [interval]', 'again and again until it is stopped (default: 2s)').argParser(
        timeOption,
      ),
    )
    .option('--json', 'as one JSON object, a line each with --watch')
    .option('--check', 'for scripts: only problems; exit code 1 when one is critical')
    .addHelpText('after', examples);
  addNodeOptions(command).action(run(status));
}

async function status(session: Session, options: StatusOptions): Promise<ExitCode> {
  const { watch, json, check } = options;
  if (check && watch !== undefined) throw new UsageError('status takes either --check or --watch');
  const { settings } = settingsFor(options, session);
  const ask = async () => {
    const client = new NodeClient(nodeAddress(options, settings), session.signal);
    return await client.status();
  };
  if (watch !== undefined) {
    const everyMs = watch === true ? defaultWatchMs : Math.max(100, watch);
    await watchScreen(session, { everyMs, json: json === true, ask, screen: screenFor(session) });
    return exitCode.done;
  }
  let found: Status;
  try {
    found = await ask();
  } catch (error) {
    if (options.url === undefined) await tellWithoutNode(session, settings, error);
    throw error;
  }
  if (found.version !== packageVersion)
    session.errors.write(
      `bucketcast: the node is version ${found.version}, this command line ${packageVersion}\n`,
    );
  if (json) await session.output.json(found);
  else if (check) await session.output.write(problemsAlone(found, styleOf(session)));
  else await session.output.write(screenFor(session)(found));
  const isCritical = found.problems.some(({ severity }) => severity === 'critical');
  return check && isCritical ? exitCode.failed : exitCode.done;
}

/** Nothing at all while all is well. */
function problemsAlone(found: Status, style: ScreenStyle): string {
  if (found.problems.length === 0) return '';
  const parts = [verdict(found, style), ...found.problems.map((problem) => problemText(problem, style))];
  return `${parts.join('\n')}\n`;
}

function screenFor(session: Session): (found: Status) => string {
  return (found) => statusScreen(found, styleOf(session));
}

/** The terminal's size is asked for at each screen: windows change. */
function styleOf({ output, environment }: Session): ScreenStyle {
  const noColor = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return { width: Math.max(40, output.columns ?? 100), color: output.isTerminal && !noColor };
}
