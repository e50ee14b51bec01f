/** Delivers more than fits to a files sink on a small disk, makes room, and delivers again: `node files-on-small-disk.ts <disk>`. */

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isBucketcastError } from '../../src/base/errors.ts';
import { FilesRig } from '../sinks/files-rig.ts';
import { sinkUpdate } from '../sinks/sink-updates.ts';
import { sayLine } from '../support/say-line.ts';

const disk = process.argv[2] as string;
const ballast = join(disk, 'ballast');
writeFileSync(ballast, new Uint8Array(5 << 20));
const path = join(disk, 'feeds');
const rig = new FilesRig({ path });
const content = 'x'.repeat(150_000);
const updates = Array.from({ length: 40 }, (_, n) =>
  sinkUpdate({ at: n, url: `https://example.com/${n}`, content }),
);
const say = (line: object) => sayLine(JSON.stringify(line));

try {
  await rig.deliver(...updates);
} catch (error) {
  if (!isBucketcastError(error)) throw error;
  const leftovers = readdirSync(path).filter((name) => name.startsWith('.'));
  say({ code: error.code, hint: error.hint, leftovers });
}
rmSync(ballast);
await rig.deliver(...updates);
const whole = readdirSync(path).filter((name) => readFileSync(join(path, name), 'utf8') === content).length;
say({ whole, others: readdirSync(path).length - whole });
await rig.restart();
