import { Emitter } from '../base/emitter.ts';
import type { LoadedSettings } from '../config/load-settings.ts';
import { formatQuantity } from '../config/quantity.ts';
import { MINUTE } from '../config/units.ts';
import { deleteOldObjects, type OldObjectsReport } from '../jobs/old-objects.ts';
import { openFoundation } from '../node/foundation.ts';
import { type ExitCode, exitCode, UsageError } from './exit-code.ts';
import { openLogger } from './log.ts';
import type { Session } from './session.ts';

export interface ObjectsToClean {
  readonly maxAge?: number;
  /** One folder; without it all of them. */
  readonly folder?: string;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** `bucketcast cleanup --layout objects`. Needs no fleet: the objects layout may be all that a bucket holds. */
export async function cleanObjects(
  session: Session,
  settings: LoadedSettings['settings'],
  { maxAge, folder, dryRun, json }: ObjectsToClean,
): Promise<ExitCode> {
  const maxAgeMs = maxAge ?? settings.objects.maxAgeMs;
  if (maxAgeMs < MINUTE)
    throw new UsageError(`--max-age: expected at least 1m, got ${formatQuantity(maxAgeMs, 'ms')}`);
  const logger = await openLogger(settings.log, session);
  const foundation = await openFoundation(
    { settings, server: settings.server, events: new Emitter() },
    { logger },
    { role: 'guest' },
  );
  try {
    const { store } = await foundation.objects.open();
    const report = await deleteOldObjects(
      { prefix: settings.objects.prefix, server: folder, maxAgeMs, dryRun },
      { store, signal: session.signal },
    );
    const { folders, failed } = report;
    if (json) await session.output.json({ dryRun, maxAgeMs, folders, failed });
    else await print(session, report, dryRun);
    return failed.length === 0 ? exitCode.done : exitCode.partly;
  } finally {
    await foundation.close();
  }
}

async function print(
  { output, errors }: Session,
  { folders, failed }: OldObjectsReport,
  dryRun: boolean,
): Promise<void> {
  if (folders.length > 0) {
    const rows = folders.map(({ server, objects, bytes }) => [server, `${objects}`, `${bytes}`]);
    await output.table(['folder', 'objects', 'bytes'], rows);
  }
  const total = folders.reduce((sum, { objects }) => sum + objects, 0);
  const objects = `${total} ${total === 1 ? 'object' : 'objects'}`;
  await output.write(`${objects} ${dryRun ? 'would go' : 'deleted'}\n`);
  for (const { key, reason } of failed) errors.write(`bucketcast: ${key} could not be deleted: ${reason}\n`);
}
