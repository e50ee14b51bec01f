import type { Command } from 'commander';
import type { Logger } from '../base/logger.ts';
import { unlessAborted } from '../base/unless-aborted.ts';
import type { Update } from '../base/update.ts';
import { withoutSecrets } from '../base/url-error.ts';
import type { CompleteSettings } from '../config/load-settings.ts';
import { createNode } from '../node.ts';
import type { RunCommand } from './command.ts';
import { logEvents } from './event-log.ts';
import type { ExitCode } from './exit-code.ts';
import { openLogger } from './log.ts';
import { reload } from './reload.ts';
import type { Session } from './session.ts';
import { addSettingsOptions, type SettingsOptions, settingsFor } from './settings-options.ts';
import { showSnapshotProgress } from './snapshot-progress.ts';

const examples = `
Serves the subscriptions of its settings, and logs a line for each batch of updates that arrives; without
subscriptions it only watches. Waits for a store that does not answer. SIGINT and SIGTERM stop it cleanly; a second
one at once. SIGHUP reads the settings again: limits, log level and stop.timeoutMs change at once, and the log names
those that need a restart.

Examples:
  bucketcast node
  bucketcast node --server web-1 --store "s3://updates?region=eu-central-1"
  bucketcast node --config /etc/bucketcast.yaml
`;

export function addNodeCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('node')
    .description('run a sync node until it is stopped')
    .addHelpText('after', examples);
  addSettingsOptions(command).action(run(serve));
}

async function serve(session: Session, options: SettingsOptions): Promise<ExitCode> {
  const { settings } = settingsFor(options, session);
  const logger = await openLogger(settings.log, session);
  await using node = createNode(settings, { logger });
  const load = () => settingsFor(options, session).settings;
  session.signal.addEventListener('abort', () => {
    const { timeoutMs } = node.settings.stop;
    logger.info({ reason: (session.signal.reason as Error).message, timeoutMs }, 'the node stops');
  });
  session.onHangUp(() => reload({ load, node, log: logger, stopping: session.signal }));
  let waitingFor: string | undefined = withoutSecrets(settings.store.url);
  logEvents(node.events, logger, { stopping: session.signal, waitingFor: () => waitingFor });
  showSnapshotProgress(node.events, session.errors);
  node.events.on('listening', (facts) => logger.info(facts, 'HTTP is served'));
  node.events.on('stopped', (facts) => logger.info(facts, 'the node has stopped'));
  session.errors.write(introduction(settings, options));
  node.events.on('delivered', ({ subscription, updates }) => logBatch(logger, subscription, updates));
  const serving = { waitForStore: true, http: settings.http.enabled, serve: true };
  await unlessAborted(session.signal, node.start({ ...serving, output: session.output.stream }));
  waitingFor = undefined;
  const subscriptions = Object.keys(settings.subscriptions);
  // Whoever has not said what to do with updates may watch them pass.
  if (subscriptions.length === 0)
    await unlessAborted(
      session.signal,
      node.subscribe({ from: 'latest', includeOwn: true }, () => {}),
    );
  logger.info({ subscriptions }, 'the node runs');
  // Only the signal ends it, with its own exit code.
  return await unlessAborted(session.signal, new Promise<never>(() => {}));
}

function logBatch(logger: Logger, subscription: string, updates: readonly Update[]): void {
  const [first] = updates;
  if (!first) return;
  const servers = [...new Set(updates.map(({ server }) => server))];
  const facts = {
    subscription: subscription === '' ? 'watching' : subscription,
    updates: updates.length,
    servers,
    url: first.url,
  };
  logger.info(facts, updates.length === 1 ? 'received an update' : 'received updates');
}

/** Five lines, that fit a terminal of 80 columns with the defaults: what this does, where, and what to type next. */
function introduction({ server, state, store: { url } }: CompleteSettings, flags: SettingsOptions): string {
  const command = import.meta.filename.endsWith('.ts') ? 'npm run -s bucketcast --' : 'bucketcast';
  const embedded = url.startsWith('file:');
  const where = embedded
    ? `the directory ${url.slice('file:'.length).replace(/^\/\/\//, '/')}`
    : withoutSecrets(url);
  const { config, store } = flags;
  const next = embedded
    ? `With a bucket:  BUCKETCAST_STORE_URL=s3://… ${command} doctor`
    : `To try the bucket out:     ${command} doctor${asTyped({ config, store })}`;
  const same = asTyped(flags);
  return `\
Bucketcast node "${server}" carries updates through ${where}.
What it has delivered stands in ${state}. Ctrl-C stops it.
To watch, elsewhere type:  ${command} tail${same}
To publish, in a third:    ${command} publish https://a.example/${same}
${next}
`;
}

type Given<Flags> = { readonly [Name in keyof Flags]?: Flags[Name] | undefined };

/** The flags of this node, for a command that is to work with the same store and state. */
function asTyped({ config, store, server, state }: Given<SettingsOptions>): string {
  const url = store === undefined ? undefined : withoutSecrets(store);
  return Object.entries({ config, store: url, server, state })
    .flatMap(([name, value]) => (value === undefined ? [] : ` --${name} ${quoted(value)}`))
    .join('');
}

function quoted(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
