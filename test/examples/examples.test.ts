import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);

test('callback: updates arrive in order, and only what is new arrives the second time', async () => {
  const folder = temporaryDirectory();
  const lines = [
    "web: put https://example.com/a { title: 'A page', words: 120 }",
    "web: put https://example.com/b { title: 'Another', words: 80 }",
    'web: delete https://example.com/a null',
  ];
  assert.deepEqual(await example('callback.ts', folder), lines);
  assert.deepEqual(await example('callback.ts', folder), lines);
});

test('async-iterator: the loop gets every update, and the one it was left with comes again', async () => {
  const folder = temporaryDirectory();
  const lines = ['a first', 'b second', 'c third'].map((page) => `https://example.com/${page}`);
  assert.deepEqual(await example('async-iterator.ts', folder), lines);
  const again = await example('async-iterator.ts', folder);
  // The page left over is in a lane of its own, so it may stand anywhere, or still wait when the loop ends.
  assert.deepEqual([...new Set(again)].toSorted(), lines);
  assert.ok(again.length <= 4, again.join('\n'));
});

test('explicit-ack: every update is worked on once, in order', async () => {
  const lines = await example('explicit-ack.ts', temporaryDirectory());
  const pages = lines.flatMap((line) => [...line.matchAll(/example\.com\/(\d)/g)].map((match) => match[1]));
  assert.deepEqual(pages, ['1', '2', '3', '4', '5']);
});

test('dead-letters: the blamed update is kept, the others go on', async () => {
  const folder = temporaryDirectory();
  const lines = await example('dead-letters.ts', folder);
  assert.deepEqual([...new Set(lines)].toSorted(), [
    'dead letter 1 (poison): it has no title',
    'indexed https://example.com/also-good: Also good',
    'indexed https://example.com/good: Good',
  ]);
  const cli = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  const state = ['--server', 'search', '--state', '.bucketcast/examples/dead-letters/search'];
  const { stdout } = await run(process.execPath, [cli, 'dead-letters', 'list', '--json', ...state], {
    cwd: folder,
  });
  assert.equal((JSON.parse(stdout) as { url: string }).url, 'https://example.com/bad');
});

test('handler-module: the threads of a module get the updates in order, and blame one', async () => {
  const lines = await example('handler-module.ts', temporaryDirectory());
  assert.deepEqual(lines.toSorted(), [
    'dead letter (poison): it has no title',
    'forget https://example.com/a',
    ...lines.filter((line) => line === 'index https://example.com/a: A page'),
    'index opens in thread 0',
  ]);
  assert.ok(lines.includes('index https://example.com/a: A page'));
});

test('the demonstration loses nothing and leaves nothing behind', async () => {
  const folder = temporaryDirectory();
  const lines = await example('demo/main.ts', folder, ['--rounds', '1'], { TMPDIR: folder });
  assert.match(lines.at(-1) ?? '', /^all +24 +48 of 48 +0 /);
  assert.equal(lines.filter((line) => line.includes(' → ')).length, 24);
  assert.deepEqual(readdirSync(folder), []);
});

test('the demonstration fails when a server cannot start', async () => {
  const folder = temporaryDirectory();
  const failing = example('demo/main.ts', folder, ['--store', 'nothing:known'], { TMPDIR: folder });
  await assert.rejects(failing, { code: 1 });
  assert.deepEqual(readdirSync(folder), []);
});

/** The lines that an example prints, run in an empty folder as a reader would. */
async function example(name: string, cwd: string, args: string[] = [], env = {}): Promise<string[]> {
  const script = fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
  assert.ok(existsSync(script));
  const { stdout } = await run(process.execPath, [script, ...args], { cwd, env: { ...process.env, ...env } });
  return stdout.split('\n').filter((line) => line !== '');
}
