import assert from 'node:assert/strict';
import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { listAll } from '../../src/store/list-all.ts';
import { openStore } from '../../src/store/open-store.ts';
import { command, workplace } from './command-line.ts';

const DAY = 24 * 60 * 60_000;
const prefix = 'feed-updates/';

async function objectsIn(directory: string) {
  const path = join(directory, 'store');
  const store = await openStore(`file:${path}`);
  return {
    put: (name: string) => store.put(prefix + name, Buffer.from('{"url":"u"}')),
    /** All that stands there is two days old. */
    age() {
      const then = new Date(Date.now() - 2 * DAY);
      for (const entry of readdirSync(path, { recursive: true, withFileTypes: true }))
        if (entry.isFile()) utimesSync(join(entry.parentPath, entry.name), then, then);
    },
    async left() {
      const names: string[] = [];
      for await (const { key } of listAll(store, prefix)) names.push(key.slice(prefix.length));
      return names;
    },
  };
}

it('cleanup --layout objects deletes old objects of all servers, or of one', async () => {
  const { directory, words } = workplace();
  const objects = await objectsIn(directory);
  await objects.put('a/1.json');
  await objects.put('b/1.json');
  objects.age();
  await objects.put('a/2.json');
  const given = ['cleanup', '--layout', 'objects', '--max-age', '24h', ...words];
  const dry = await command([...given, '--dry-run', '--json']);
  assert.equal(dry.code, 0, dry.err);
  assert.deepEqual(JSON.parse(dry.out), {
    dryRun: true,
    maxAgeMs: DAY,
    folders: [
      { server: 'a', objects: 1, bytes: 11 },
      { server: 'b', objects: 1, bytes: 11 },
    ],
    failed: [],
  });
  const one = await command([...given, '--folder', 'b']);
  assert.match(one.out, /^folder +objects +bytes\nb +1 +11\n1 object deleted\n$/);
  assert.deepEqual(await objects.left(), ['a/1.json', 'a/2.json']);
  const all = await command(given);
  assert.match(all.out, /\n1 object deleted\n$/);
  assert.deepEqual(await objects.left(), ['a/2.json']);
});

it('cleanup of the log has no folders', async () => {
  const { code, err } = await command(['cleanup', '--folder', 'a', ...workplace().words]);
  assert.equal(code, 2);
  assert.match(err, /--folder: only with --layout objects/);
});
