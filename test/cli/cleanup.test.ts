import assert from 'node:assert/strict';
import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { command, workplace } from './command-line.ts';

const DAY = 24 * 60 * 60_000;
const environment = { BUCKETCAST_RETENTION_MARGIN_MS: '0' };

/** The same directory store, two days later. */
function age(store: string): void {
  const then = new Date(Date.now() - 2 * DAY);
  for (const entry of readdirSync(store, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) utimesSync(join(entry.parentPath, entry.name), then, then);
}

it('cleanup of what is young does nothing', async () => {
  const { words } = workplace();
  await command(['publish', 'u', ...words]);
  const dry = await command(['cleanup', '--dry-run', '--max-age', '1d', '--json', ...words]);
  assert.equal(dry.code, 0, dry.err);
  assert.deepEqual(JSON.parse(dry.out), {
    dryRun: true,
    maxAgeMs: DAY,
    parked: [],
    trimmed: [],
    orphanedBatches: [],
    unreadableBatches: [],
    deletedSegments: 0,
  });
  const { code, out } = await command(['cleanup', ...words], { environment });
  assert.deepEqual([code, out], [0, '0 segments and 0 forgotten batches deleted, 0 silent writers parked\n']);
});

it('cleanup from any server deletes what silent writers left long ago', async () => {
  const { directory, words, at } = workplace();
  await command(['publish', 'old', ...words]);
  age(join(directory, 'store'));
  await command(['publish', 'young', ...words]);
  const given = ['--max-age', '1d', ...at('b')];
  const dry = await command(['cleanup', '--dry-run', ...given], { environment });
  assert.match(dry.out, /^writer +lane +segments\na~.* 0 +0–0\n1 segment and 0 forgotten batches would go/);
  const { code, out, err } = await command(['cleanup', ...given], { environment });
  assert.equal(code, 0, err);
  assert.equal(err, '1 segment announced; deleted in 0\n');
  assert.match(out, /\n1 segment and 0 forgotten batches deleted, 1 silent writer parked\n$/);
  const left = await command(['tail', '--exit-when-idle', ...at('c')]);
  assert.deepEqual(
    left.out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { url: string }).url),
    ['young'],
  );
});

it('cleanup refuses an age that would take what has just been published', async () => {
  const { code, err } = await command(['cleanup', '--max-age', '0', ...workplace().words]);
  assert.equal(code, 2);
  assert.match(err, /--max-age: expected at least 1m, got 0\n/);
});
