import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SettingsInput } from '../../src/config/settings.ts';
import { createNode } from '../../src/node.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const folder = temporaryDirectory();
const base = (server: string) => ({
  server,
  poll: { minMs: 20, maxMs: 100 },
  store: { url: `file:${join(folder, 'bucket')}` },
  state: join(folder, server),
  retry: { baseMs: 10, capMs: 50 },
});

/** A program that answers each update by what `answer` writes. */
const answering = (answer: string) => ({
  type: 'command' as const,
  mode: 'stream' as const,
  command: [
    process.execPath,
    '-e',
    `require('readline').createInterface(process.stdin).on('line', () => console.log(${answer}))`,
  ],
});

const token = 'hunter-of-secrets';

test('whatever programs answer and say, and whatever was planted in a directory, each update has its end and the node goes on', async () => {
  const mirror = join(folder, 'mirror');
  mkdirSync(join(mirror, '.bucketcast-00ff.tmp'), { recursive: true });
  mkdirSync(join(mirror, 'folder.feed'));
  const outside = join(folder, 'outside');
  writeFileSync(outside, 'precious');
  symlinkSync(outside, join(mirror, 'link.feed'));
  const shout = `head -c 490 /dev/zero | tr "\\0" x >&2; echo "$TOKEN" >&2; yes "" | head -c 300000 >&2; cat > /dev/null; exit 65`;
  const subscriptions: SettingsInput['subscriptions'] = {
    deep: { sink: answering(`'{"error":' + '['.repeat(9000) + ']'.repeat(9000) + '}'`) },
    slow: { sink: answering(`'{"error":"' + '?token'.repeat(10000) + '"}'`) },
    broken: { sink: answering(`'{"error": "a\\ttab"}'`) },
    loud: { sink: { type: 'command', command: ['sh', '-c', shout], environment: { TOKEN: token } } },
    mirror: { sink: { type: 'files', path: mirror } },
  };
  await using writer = createNode(base('writer'));
  await using reader = createNode({ ...base('reader'), subscriptions });
  const letters: { readonly subscription: string; readonly message: string }[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  reader.events.on('dead-letter', (letter) => {
    letters.push(letter);
    if (letters.length === 13) resolve();
  });
  await writer.start();
  await reader.start({ serve: true });
  // The one that is blamed comes last: then the others stand.
  for (const url of ['link', '../../outside', 'folder']) await writer.publish({ url, content: `of ${url}` });
  await ended;
  const told = (name: string) => letters.filter(({ subscription }) => subscription === name);
  for (const name of ['broken', 'deep', 'loud', 'slow']) assert.equal(told(name).length, 3, name);
  assert.match(told('mirror')[0]!.message, /mirror\/folder\.feed: a directory stands/);
  for (const { message } of letters) {
    assert.ok(message.length < 2000);
    assert.doesNotMatch(message, /hunt/);
  }
  assert.equal(readFileSync(join(mirror, 'link.feed'), 'utf8'), 'of link');
  assert.equal(readFileSync(outside, 'utf8'), 'precious');
  assert.ok(existsSync(join(mirror, '_._.._outside.feed')));
});
