import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { SettingsInput } from '../../src/config/settings.ts';
import { createNode } from '../../src/node.ts';
import { gone, isRunning, stubborn } from '../sinks/command-rig.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { mountSkip, onSmallDisk } from './own-disk.ts';

const folder = temporaryDirectory();
const poll = { minMs: 20, maxMs: 100 };
const base = (server: string) => ({
  server,
  poll,
  store: { url: `file:${join(folder, 'bucket')}` },
  state: join(folder, server),
  retry: { baseMs: 10, capMs: 50 },
});

const readLines = `while read -r line; do
  printf '%s\\n' "$line" >> lines
  case $line in *'"kind":"delete"'*) echo '{"error":"I keep all"}';; *) echo ok;; esac
done`;

test('a node keeps files and feeds programs, each at its own pace, and leaves none behind when it stops', async () => {
  mkdirSync(join(folder, 'work'));
  const directory = join(folder, 'work');
  const subscriptions: SettingsInput['subscriptions'] = {
    mirror: { sink: { type: 'files', path: join(folder, 'mirror'), sidecar: true } },
    stream: {
      sink: {
        type: 'command',
        mode: 'stream',
        directory,
        command: ['sh', '-c', `${stubborn}; ${readLines}`],
      },
    },
    failing: { sink: { type: 'command', directory, command: ['sh', '-c', 'echo "not today" >&2; exit 1'] } },
    picky: {
      sink: {
        type: 'command',
        directory,
        command: ['sh', '-c', 'cat > batch; if grep -q bad batch; then exit 65; fi; cat batch >> taken'],
      },
    },
  };
  await using writer = createNode(base('writer'));
  await using reader = createNode({ ...base('reader'), subscriptions });
  const letters: string[] = [];
  let paused = false;
  const { promise: blamed, resolve } = Promise.withResolvers<void>();
  reader.events.on('dead-letter', ({ subscription, message }) => {
    letters.push(`${subscription}: ${message}`);
    if (letters.length === 2) resolve();
  });
  const trouble = new Promise<void>((heard) => {
    reader.events.on('paused', ({ subscription }) => {
      paused ||= subscription === 'failing';
      if (paused) heard();
    });
  });
  await writer.start();
  await reader.start({ serve: true });
  for (const url of ['https://example.com/a', 'https://example.com/bad', 'https://example.com/c'])
    await writer.publish({ url, content: `of ${url}` });
  await writer.publish({ url: 'https://example.com/a', kind: 'delete' });
  await Promise.all([blamed, trouble]);
  assert.deepEqual(letters.toSorted(), [
    'picky: the command "sh" ended with exit code 65',
    'stream: the command "sh" refuses it: I keep all',
  ]);
  const files = join(folder, 'mirror');
  const names = ['https___example.com_bad.feed', 'https___example.com_c.feed'];
  const standing = names.flatMap((name) => [name, `${name}.json`]).join();
  await until(() => readdirSync(files).toSorted().join() === standing);
  assert.equal(readFileSync(join(files, names[1] as string), 'utf8'), 'of https://example.com/c');
  await until(
    () => new Set(readFileSync(join(directory, 'taken'), 'utf8').match(/example.com.\w+/g)).size === 2,
  );
  const child = Number(readFileSync(join(directory, 'child'), 'utf8'));
  assert.ok(isRunning(child));
  await reader.stop({ timeoutMs: 1000 });
  await gone(child);
});

test('a disk that is full loses nothing: what did not fit is written when there is room', {
  skip: mountSkip(),
}, async () => {
  const script = join(import.meta.dirname, 'files-on-small-disk.ts');
  const { stdout } = await promisify(execFile)(...onSmallDisk(folder, script));
  const [full, after] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.equal(full?.['code'], 'sink-unavailable');
  assert.match(String(full?.['hint']), /Free space/);
  assert.deepEqual(full?.['leftovers'], [], 'no half-written file takes the room that is left');
  assert.deepEqual(after, { whole: 40, others: 0 });
});

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 10));
}
