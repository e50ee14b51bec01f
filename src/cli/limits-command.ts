import type { Command } from 'commander';
import { defaultSettings, type Settings } from '../config/settings.ts';
import { nearest } from '../config/suggest.ts';
import { limitsChange } from '../http/limits-change.ts';
import type { RunCommand } from './command.ts';
import { type ExitCode, exitCode, UsageError } from './exit-code.ts';
import { addNodeOptions, type NodeOptions, nodeAddress } from './node-address.ts';
import { NodeClient } from './node-client.ts';
import type { Session } from './session.ts';
import { settingsFor } from './settings-options.ts';
import { limitRows } from './status-tables.ts';

interface LimitsOptions extends NodeOptions {
  readonly json?: boolean;
}

const examples = `
Changes the running node at once. A change lasts until the node restarts or reloads its settings (SIGHUP); to make it
last, write it under \`limits:\` of the settings file, too. Values are as in that file; for rates, 0 is no limit.

Examples:
  bucketcast limits
  bucketcast limits set requestsPerSecond=50 downloadBytesPerSecond=8MiB
  bucketcast limits set bytesInFlight=64MiB --json
`;

const names = Object.keys(defaultSettings.limits);

export function addLimitsCommand(program: Command, run: RunCommand): void {
  const group = program
    .command('limits')
    .description('show or change the limits of the running node: requests, bytes a second, memory')
    .addHelpText('after', examples);
  const withOptions = (command: Command) =>
    addNodeOptions(command).option('--json', 'the limits as one JSON object');
  withOptions(group.command('get', { isDefault: true }).description('the limits in force')).action(run(get));
  withOptions(
    group
      .command('set')
      .description('change some of them, at once')
      .argument('<name=value...>', `names: ${names.join(', ')}`),
  ).action(run(set));
}

async function get(session: Session, options: LimitsOptions): Promise<ExitCode> {
  const { limits } = await clientFor(session, options).status();
  if (options.json) await session.output.json(limits);
  else await session.output.table(['limit', 'in force', ''], limitRows({ limits }));
  return exitCode.done;
}

async function set(session: Session, given: string[], options: LimitsOptions): Promise<ExitCode> {
  const change = limitsChange(Object.fromEntries(given.map(assignment)));
  const client = clientFor(session, options);
  const values = await client.limit(change);
  if (options.json) {
    await session.output.json(values);
    return exitCode.done;
  }
  const { limits } = await client.status();
  await session.output.table(['limit', 'in force', ''], limitRows({ limits }));
  session.errors.write(
    'Until the node restarts or reloads its settings (SIGHUP). To make it last: `limits:` of its settings file.\n',
  );
  return exitCode.done;
}

function clientFor(session: Session, options: LimitsOptions): NodeClient {
  const { settings } = settingsFor(options, session);
  return new NodeClient(nodeAddress(options, settings), session.signal);
}

/** `bytesInFlight=64MiB`. What the value may be is for the settings to say. */
function assignment(text: string): readonly [name: keyof Settings['limits'], value: unknown] {
  const [, name, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new UsageError(`expected name=value, such as requestsPerSecond=50, got ${JSON.stringify(text)}`);
  const plain = name.replace(/^limits\./, '');
  if (!names.includes(plain)) {
    const meant = nearest(plain, names);
    throw new UsageError(
      `there is no limit ${JSON.stringify(name)}${meant === undefined ? `; there are ${names.join(', ')}` : `; did you mean ${meant}?`}`,
    );
  }
  const isNumber = value.trim() !== '' && Number.isFinite(Number(value));
  return [plain as keyof Settings['limits'], isNumber ? Number(value) : value];
}
