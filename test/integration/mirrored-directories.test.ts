import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createNode } from '../../src/node.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const name = 'https___example.com_feed.xml.feed';

test('two directories that are watched and mirrored follow each other, and nothing is published twice', async () => {
  const folder = temporaryDirectory();
  let published = 0;
  const server = (own: string) => {
    const path = join(folder, own);
    mkdirSync(path);
    const node = createNode({
      server: own,
      store: { url: `file:${join(folder, 'bucket')}` },
      state: join(folder, `state-${own}`),
      poll: { minMs: 20, maxMs: 100 },
      publish: { tipIntervalMs: 20 },
      watch: [{ path, settleMs: 20, rescanMs: 100 }],
      subscriptions: { mirror: { sink: { type: 'files', path } } },
    });
    node.events.on('segment-written', ({ updates }) => {
      published += updates;
    });
    return { node, path, file: join(path, name) };
  };
  const [a, b] = [server('a'), server('b')];
  await using nodes = new AsyncDisposableStack();
  for (const { node } of [a, b]) nodes.use(node);
  for (const { node } of [a, b]) await node.start({ serve: true });

  // Each side in turn: what was written by a watcher's update is edited, deleted, and made again. Rescans go on meanwhile.
  const rounds = ['one', 'two', 'three', undefined, 'four', 'five'];
  for (const [round, content] of rounds.entries()) {
    const [from, to] = round % 2 === 0 ? [a, b] : [b, a];
    if (content === undefined) rmSync(from.file);
    else {
      // At once, as a careful editor does.
      writeFileSync(join(folder, 'draft'), content);
      renameSync(join(folder, 'draft'), from.file);
    }
    await until(() => (existsSync(to.file) ? readFileSync(to.file, 'utf8') : undefined) === content);
  }
  // What would be echoed comes before what is written after it.
  writeFileSync(join(b.path, 'last.feed'), 'last');
  await until(() => existsSync(join(a.path, 'last.feed')));
  writeFileSync(join(a.path, 'over.feed'), 'over');
  await until(() => existsSync(join(b.path, 'over.feed')));
  assert.equal(published, rounds.length + 2);
  for (const { path } of [a, b])
    assert.deepEqual(readdirSync(path).toSorted(), [name, 'last.feed', 'over.feed']);
});

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 10));
}
