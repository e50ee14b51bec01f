import { type Command, Option } from 'commander';
import { Emitter } from '../base/emitter.ts';
import { formatQuantity } from '../config/quantity.ts';
import { MINUTE } from '../config/units.ts';
import { type CleanupReport, cleanup } from '../jobs/cleanup.ts';
import { openFoundation } from '../node/foundation.ts';
import { joinFleet } from '../node/join-fleet.ts';
import { cleanObjects } from './cleanup-objects.ts';
import type { RunCommand } from './command.ts';
import { type ExitCode, exitCode, UsageError } from './exit-code.ts';
import { openLogger } from './log.ts';
import type { Session } from './session.ts';
import { addSettingsOptions, type SettingsOptions, settingsFor } from './settings-options.ts';
import { timeOption } from './time-option.ts';

interface CleanupOptions extends SettingsOptions {
  readonly layout: 'log' | 'objects';
  readonly folder?: string;
  readonly maxAge?: number;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const examples = `
Trims what writers that fell silent have left, and what this server's own earlier writers did; running nodes trim
their own. A writer counts as silent when its tip has not moved for janitor.quietMs and retention.marginMs together;
it is then parked, as running nodes do. Ages are by the store's clock. What it trims is announced first and deleted
after retention.marginMs, so that readers can still fetch it; readers that come later are told what is gone. When it
is stopped during that wait, a node or the next cleanup deletes.

With --layout objects it deletes old objects of the objects layout instead, of all servers or of one. Nothing is
announced there: a reader that has not listed an object by then misses it, and nobody can tell.

Examples:
  bucketcast cleanup --dry-run
  bucketcast cleanup --max-age 2d
  bucketcast cleanup --layout objects --max-age 24h
  bucketcast cleanup --layout objects --folder web1 --dry-run
`;

export function addCleanupCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('cleanup')
    .description('delete what is older than the retention from the bucket')
    .addOption(new Option('--layout <layout>', 'what to clean').choices(['log', 'objects']).default('log'))
    .option(
      '--max-age <time>',
      'instead of retention.maxAgeMs (objects: objects.maxAgeMs): 12h, 7d, …',
      timeOption,
    )
    .option('--folder <server>', "with --layout objects: only this server's objects")
    .option('--dry-run', 'only say what would go')
    .option('--json', 'the report as one JSON object')
    .addHelpText('after', examples);
  addSettingsOptions(command).action(run(clean));
}

async function clean(session: Session, options: CleanupOptions): Promise<ExitCode> {
  const { settings } = settingsFor(options, session);
  const { server, retention, janitor } = settings;
  const dryRun = options.dryRun === true;
  if (options.layout === 'objects')
    return cleanObjects(session, settings, { ...options, dryRun, json: options.json === true });
  if (options.folder !== undefined)
    throw new UsageError('--folder: only with --layout objects; the log has no folders by server');
  const maxAgeMs = options.maxAge ?? retention.maxAgeMs;
  if (maxAgeMs < MINUTE)
    throw new UsageError(`--max-age: expected at least 1m, got ${formatQuantity(maxAgeMs, 'ms')}`);
  const logger = await openLogger(settings.log, session);
  const foundation = await openFoundation(
    { settings, server, events: new Emitter() },
    { logger },
    { role: 'guest' },
  );
  try {
    const { fleetId } = await joinFleet(foundation, { signal: session.signal });
    const margin = formatQuantity(retention.marginMs, 'ms');
    const report = await cleanup(
      {
        fleetId,
        keys: foundation.keys,
        maxAgeMs,
        marginMs: retention.marginMs,
        silentMs: janitor.quietMs + retention.marginMs,
        forgetAfterMs: janitor.forgetAfterMs,
        dryRun,
      },
      {
        ...foundation,
        signal: session.signal,
        onAnnounced: (segments) =>
          session.errors.write(`${counted(segments, 'segment')} announced; deleted in ${margin}\n`),
      },
    );
    if (options.json) await session.output.json({ dryRun, maxAgeMs, ...report });
    else await print(session, report, dryRun);
    return report.unreadableBatches.length === 0 ? exitCode.done : exitCode.partly;
  } finally {
    await foundation.close();
  }
}

async function print({ output, errors }: Session, report: CleanupReport, dryRun: boolean): Promise<void> {
  const { parked, trimmed, deletedSegments, orphanedBatches, unreadableBatches } = report;
  if (trimmed.length > 0) {
    const rows = trimmed.map(({ writer, lane, from, to }) => [writer, `${lane}`, `${from}–${to - 1}`]);
    await output.table(['writer', 'lane', 'segments'], rows);
  }
  const segments = trimmed.reduce((sum, { from, to }) => sum + to - from, 0);
  const writers = counted(parked.length, 'silent writer');
  const batches = counted(orphanedBatches.length, 'forgotten batch', 'forgotten batches');
  await output.write(
    dryRun
      ? `${counted(segments, 'segment')} and ${batches} would go, ${writers} would be parked\n`
      : `${counted(deletedSegments, 'segment')} and ${batches} deleted, ${writers} parked\n`,
  );
  for (const batch of unreadableBatches)
    errors.write(`bucketcast: the batch ${batch} could not be read and was left alone\n`);
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
