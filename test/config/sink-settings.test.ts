import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodeAt } from '../../src/config/setting-tree.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { load } from './load.ts';

const yaml = (lines: string) => `subscriptions: { mail: { sink: { type: webhook, ${lines} } } }`;

test('a setting of a sink can be given in units, and a secret of it as a file', () => {
  const file = join(temporaryDirectory(), 'secret');
  writeFileSync(file, 'longer than sixteen\n');
  const { settings } = load({
    yaml: yaml(`url: "https://a.example/", secretFile: ${file}, timeoutMs: 10s, maxBodyBytes: 1MiB`),
  });
  const sink = settings.subscriptions['mail']?.sink;
  assert.ok(sink?.type === 'webhook');
  assert.deepEqual(
    [sink.secret, sink.timeoutMs, sink.maxBodyBytes],
    ['longer than sixteen', 10_000, 2 ** 20],
  );
});

test('what is secret in a sink is known to be, and no mistake shows it', () => {
  for (const path of [['url'], ['secret'], ['headers', 'x-token']]) {
    assert.equal(nodeAt(['subscriptions', 'mail', 'sink', ...path])?.secret, true, path.join('.'));
  }
  for (const lines of [
    'url: "ftp://token@a.example"',
    'url: "https://a.example", secret: token',
    'url: [token]',
  ]) {
    assert.throws(
      () => load({ yaml: yaml(lines) }),
      (error: Error) => /subscriptions\.mail\.sink/.test(error.message) && !error.message.includes('token'),
      lines,
    );
  }
});
