import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { count } from '../../examples/aggregator/tally.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../../examples/aggregator/main.ts', import.meta.url));

test('a fetch counts as a duplicate while the last one that was none is fresh', () => {
  const visit = (server: string, url: string, at: number) => ({ server, url, at });
  const visits = [
    visit('b', 'x', 700),
    visit('a', 'x', 0),
    visit('a', 'y', 100),
    visit('a', 'x', 900),
    visit('b', 'x', 1000),
  ];
  const counts = count(visits, ['a', 'b'], 1000);
  assert.deepEqual(counts, { fetches: 5, duplicates: 2, byServer: { a: 3, b: 2 } });
});

test('the aggregator fetches less with state and claims, and leaves nothing behind', async () => {
  const folder = temporaryDirectory();
  const { stdout } = await run(process.execPath, [main, '--seconds', '2', '--fresh', '1'], {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder },
  });
  const [alone, together] = ['each for itself', 'state and claims'].map((name) => {
    const cells = new RegExp(`^${name} +\\d+ +\\d+ +\\d+ +(\\d+) +(\\d+)$`, 'm').exec(stdout);
    return { fetches: Number(cells?.[1]), duplicates: Number(cells?.[2]) };
  });
  assert.ok(alone && together && alone.duplicates > together.duplicates, stdout);
  assert.ok(together.fetches > 0, stdout);
  assert.deepEqual(readdirSync(folder), []);
});

test('the aggregator says what is wrong with its arguments', async () => {
  await assert.rejects(run(process.execPath, [main, '--fresh', 'soon']), { code: 2 });
});
