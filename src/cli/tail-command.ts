import { type Command, Option } from 'commander';
import { systemClock } from '../base/clock.ts';
import { BucketcastError } from '../base/errors.ts';
import type { NodeEmitter } from '../base/events.ts';
import { systemRandom } from '../base/random.ts';
import { unlessAborted } from '../base/unless-aborted.ts';
import type { CompleteSettings } from '../config/load-settings.ts';
import { parseStart } from '../coordinate/start-vector.ts';
import { type BucketcastNode, createNode } from '../node.ts';
import { StdoutSink } from '../sinks/stdout-sink.ts';
import { openMemoryState } from '../state/open-state.ts';
import type { RunCommand } from './command.ts';
import { logEvents } from './event-log.ts';
import { type ExitCode, exitCode } from './exit-code.ts';
import { openLogger } from './log.ts';
import type { Session } from './session.ts';
import { addSettingsOptions, type SettingsOptions, settingsFor } from './settings-options.ts';
import { showSnapshotProgress } from './snapshot-progress.ts';

interface TailOptions extends SettingsOptions {
  readonly subscription?: string;
  readonly from: string;
  readonly own: boolean;
  readonly layout: Layout;
  readonly parse: Parse;
  readonly exitWhenIdle?: boolean;
}

type Layout = 'log' | 'objects' | 'both';
type Parse = 'none' | 'feed';

const layoutOption = new Option('--layout <layout>', 'what to read: see docs/migrating.md')
  .choices(['log', 'objects', 'both'] satisfies Layout[])
  .default('log');
const parseOption = new Option('--parse <kind>', 'feed: print feed documents as normalised entries')
  .choices(['none', 'feed'] satisfies Parse[])
  .default('none');

const examples = `
One JSON object a line: {"id", "url", "content", "data", "server", "time", "kind", "hlc", "writer"}. Content that was
published as bytes, as files are, is base64 and comes with "encoding": "base64"; without that, content is JSON as it is.

Without --subscription nothing is remembered, and it runs beside anything. With it, this is the node of its state
directory, and goes on where it left off.

Examples:
  bucketcast tail
  bucketcast tail --from 2026-03-01T12:00:00Z --exit-when-idle > updates.ndjson
  bucketcast tail --subscription archive --no-own >> archive.ndjson
  bucketcast tail --layout objects --parse feed
  bucketcast tail | jq -r 'select(.encoding) | .content | @base64d'
`;

/** Polls that fail one after the other before --exit-when-idle gives up. */
const maxFailures = 5;

export function addTailCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('tail')
    .description('print updates as they arrive, one JSON object a line on standard output')
    .option('--subscription <name>', 'remember the position in the state directory under this name')
    .option(
      '--from <start>',
      'where a new subscription begins: earliest, latest, snapshot, or an ISO 8601 time',
      'earliest',
    )
    .addOption(layoutOption)
    .addOption(parseOption)
    .option('--no-own', "leave out what was published from this server's own state directory")
    .option('--exit-when-idle', 'end once a complete poll found nothing and everything is printed')
    .addHelpText('after', examples);
  addSettingsOptions(command).action(run(tail));
}

async function tail(session: Session, options: TailOptions): Promise<ExitCode> {
  const settings = tailSettings(settingsFor(options, session).settings, options);
  parseStart(options.from);
  const logger = await openLogger(settings.log, session);
  const durable = options.subscription !== undefined;
  const state = durable ? undefined : openMemoryState({ clock: systemClock, random: systemRandom });
  try {
    await using node = createNode(settings, { logger, ...(state && { state }) });
    logEvents(node.events, logger, { stopping: session.signal });
    showSnapshotProgress(node.events, session.errors);
    let lost = 0;
    node.events.on('dead-letter', () => (lost += 1));
    await unlessAborted(session.signal, node.start());
    const name = options.subscription;
    const { from, layout, parse, own: includeOwn } = options;
    const subscription = { from, layout, parse, includeOwn, ...(name !== undefined && { name }) };
    const sink = new StdoutSink(session.output.stream);
    await unlessAborted(
      session.signal,
      node.subscribe(subscription, (updates, control) => sink.deliver(updates, control)),
    );
    await unlessAborted(session.signal, options.exitWhenIdle ? idle(node) : new Promise<never>(() => {}));
    return lost === 0 ? exitCode.done : exitCode.partly;
  } finally {
    state?.close();
  }
}

/** The settings of a node, without what only a node does that stays: nobody can ask a tail for URLs, or is to miss it. */
function tailSettings(settings: CompleteSettings, { subscription }: TailOptions): CompleteSettings {
  const { janitor, index, snapshots, heartbeat } = settings;
  const lasts = subscription !== undefined;
  return {
    ...settings,
    // A reader that remembers nothing leaves the bucket as it is.
    janitor: { ...janitor, enabled: janitor.enabled && lasts },
    hints: lasts ? settings.hints : hintsBeside(settings.hints),
    index: { ...index, enabled: false },
    snapshots: { ...snapshots, write: 'never' },
    heartbeat: { ...heartbeat, intervalMs: 0 },
  };
}

/** Without what belongs to the node that runs with the same settings: where it announces, and its queue. */
function hintsBeside({ zeromq, sqs: _, ...hints }: CompleteSettings['hints']): CompleteSettings['hints'] {
  const { bind: __, ...listening } = zeromq ?? { connect: [] };
  return listening.connect.length === 0 ? hints : { ...hints, zeromq: listening };
}

/** Rejects when waiting has become pointless: a lane waits for somebody, or the store is gone. */
function idle(node: BucketcastNode): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  giveUp(node.events, reject);
  return Promise.race([node.idle(), promise]);
}

function giveUp(events: NodeEmitter, reject: (error: unknown) => void): void {
  let failures = 0;
  events.on('poll', () => (failures = 0));
  events.on('objects-listed', () => (failures = 0));
  const failed = ({ error }: { readonly error: unknown }) => {
    failures += 1;
    if (failures >= maxFailures) reject(error);
  };
  events.on('poll-failed', failed);
  events.on('objects-listing-failed', failed);
  events.on('blocked', ({ reason, key, hint }) => {
    reject(new BucketcastError(reason, `${key} cannot be read, and what follows it waits`, { hint }));
  });
}
