/**
 * A process whose state lies on a small disk, which it fills: `node small-disk.ts <disk> <bucket> <keepFreeBytes> fill` ends itself by
 * SIGKILL while the spool refuses updates; `… drain` comes back to that disk, fills what is still free with something else, drains,
 * and then makes room. Each line it prints is JSON.
 */

import { closeSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock as clock } from '../../src/base/clock.ts';
import { Emitter } from '../../src/base/emitter.ts';
import { silentLogger as logger } from '../../src/base/logger.ts';
import { systemRandom as random } from '../../src/base/random.ts';
import { checkSettings } from '../../src/config/check-settings.ts';
import { noKeys } from '../../src/log/fleet-keys.ts';
import { Publisher } from '../../src/publish/publisher.ts';
import { Spool } from '../../src/publish/spool.ts';
import { UpdateEncoder } from '../../src/publish/update-encoder.ts';
import { openState } from '../../src/state/open-state.ts';
import { openStore } from '../../src/store/open-store.ts';
import { sayLine } from '../support/say-line.ts';

const [disk, bucket, keepFreeBytes, task] = process.argv.slice(2) as [
  string,
  string,
  string,
  'fill' | 'drain',
];
const ballast = join(disk, 'ballast');
const settings = checkSettings({
  store: { url: `file:${bucket}` },
  spool: { enabled: true, keepFreeBytes: Number(keepFreeBytes) },
  publish: { tipIntervalMs: 50 },
  retry: { baseMs: 10, capMs: 50 },
});
const state = openState({ directory: join(disk, 'state'), server: 'small', clock, random, role: 'node' });
const components = { state, clock, random, logger, events: new Emitter() };
const encoder = new UpdateEncoder(settings.publish, components);
const spool = new Spool(settings, { ...components, encoder });
const say = (line: object) => sayLine(JSON.stringify(line));
say({ found: spool.snapshot().updates });

/** At once, each of 1 KB; says for each what came of it. */
async function publish(from: number, count: number): Promise<number> {
  const calls = Array.from({ length: count }, async (_, n) => {
    try {
      await spool.publish({ url: 'https://example.com/a', data: from + n, content: 'x'.repeat(1000) });
      say({ kept: from + n });
      return true;
    } catch (error) {
      const { code, message, hint } = error as { code?: string; message: string; hint?: string };
      say({ refused: from + n, code, message, hint });
      return false;
    }
  });
  return (await Promise.all(calls)).filter((kept) => !kept).length;
}

async function fill(): Promise<void> {
  writeFileSync(ballast, new Uint8Array(6 << 20));
  let next = 0;
  while ((await publish(next, 64)) === 0) next += 64;
  void publish(next + 64, 64);
  // In the middle of that: some of its commits are made, others are not.
  setImmediate(() => process.kill(process.pid, 'SIGKILL'));
}

/** Somebody else takes the last byte. */
function fillUp(): void {
  const file = openSync(join(disk, 'rest'), 'w');
  try {
    for (;;) writeSync(file, new Uint8Array(4096));
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
}

async function drain(): Promise<void> {
  fillUp();
  say({ free: statfsSync(disk).bfree, refusedWhileFull: await publish(100_000, 64) });
  const store = await openStore(settings.store);
  const fleet = {
    ...settings,
    settings: settings.publish,
    server: 'small',
    fleetId: 'f'.repeat(32),
    keys: noKeys,
  };
  const publisher = new Publisher(fleet, { ...components, store }, encoder);
  publisher.start();
  spool.attach(publisher);
  // On a disk without a byte to spare nothing can be deleted, and so nothing more goes out.
  if (Number(keepFreeBytes) > 0) await spool.drained();
  say({ leftWhileFull: spool.snapshot().updates });
  rmSync(ballast);
  say({ refusedWithRoom: await publish(200_000, 64) });
  await spool.drained();
  await publisher.flush();
  const atLast = spool.snapshot();
  say({ atLast: { updates: atLast.updates, bytes: atLast.bytes } });
  await spool.stop({ timeoutMs: 1000 });
  await publisher.stop({ timeoutMs: 1000 });
  await store.close();
  state.close();
}

await (task === 'fill' ? fill() : drain());
