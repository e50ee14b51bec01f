import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { isBucketcastError } from '../../src/base/errors.ts';
import { loadSettings } from '../../src/config/load-settings.ts';
import type { SettingsInput } from '../../src/config/settings.ts';
import type { HandlerSubscribeOptions } from '../../src/node/running-node.ts';
import { createNode } from '../../src/node.ts';
import { Sayings } from '../pool/handler-rig.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const errors = new URL('../../src/base/errors.ts', import.meta.url).href;
let fleets = 0;

/** A started writer and a reader on one store. */
async function pair(t: TestContext, reader: SettingsInput = {}) {
  fleets += 1;
  const settings = {
    store: { url: `memory:handlers-${process.pid}-${fleets}` },
    poll: { minMs: 10, maxMs: 50 },
    retry: { baseMs: 5, capMs: 20 },
    objects: { publish: false, pollMinMs: 10, pollMaxMs: 50 },
    pool: { threads: 2, handlerThreads: 2 },
  };
  const publish = { tipIntervalMs: 10, flushIntervalMs: 0, lanes: 4, maxSegmentUpdates: 20 };
  const writer = createNode({ ...settings, server: 'writer', state: temporaryDirectory(), publish });
  const node = createNode({ ...settings, server: 'reader', state: temporaryDirectory(), ...reader });
  t.after(() => Promise.all([writer.stop({ timeoutMs: 0 }), node.stop({ timeoutMs: 0 })]));
  await Promise.all([writer.start(), node.start({ serve: reader.subscriptions !== undefined })]);
  const publishAll = async (urls: readonly string[]) => {
    await Promise.all(urls.map((url) => writer.publish({ url, content: { url } })));
    await writer.flush();
  };
  return { writer, node, publishAll };
}

type Said = readonly [thread: number, lane: number, sequence: number, index: number, url: string];

const telling = `
  export default function (updates, { thread }) {
    for (const { lane, sequence, index, content } of updates) say([thread, lane, sequence, index, content.url]);
  }`;

const names = (count: number) => Array.from({ length: count }, (_, n) => `https://example.com/${n}`);

function inOrder(said: readonly Said[]): boolean {
  const place = ([, , sequence, index]: Said) => sequence * 1000 + index;
  return [0, 1, 2, 3].every((lane) => {
    const places = said.filter((one) => one[1] === lane).map(place);
    return places.every((at, n) => n === 0 || at > (places[n - 1] as number));
  });
}

test('every lane comes in order, once, from several threads', async (t) => {
  const { node, publishAll } = await pair(t);
  const urls = names(400);
  await publishAll(urls);
  const sayings = new Sayings(t);
  await node.subscribe({ name: 'index', maxBatch: 10, handler: sayings.module(telling) });
  await node.idle();
  await sayings.until(() => sayings.said.length >= urls.length);
  const said = sayings.said as unknown as Said[];
  assert.deepEqual(said.map((one) => one[4]).toSorted(), urls.toSorted());
  assert.ok(inOrder(said));
  assert.deepEqual(new Set(said.map(([thread]) => thread)), new Set([0, 1]));
  const metrics = await node.metrics();
  assert.match(metrics, /^bucketcast_handler_threads 2$/m);
  assert.match(metrics, /^bucketcast_handler_calls 0$/m);
  assert.match(metrics, /^bucketcast_handler_utilisation_max_ratio 0?\.?\d+/m);
});

test('what was with a thread that ended comes again, and a blamed update is kept as a dead letter', async (t) => {
  const { node, publishAll } = await pair(t);
  const urls = names(60);
  await publishAll(urls);
  const sayings = new Sayings(t);
  const marker = join(temporaryDirectory(), 'ended');
  const module = sayings.module(`
    import { existsSync, writeFileSync } from 'node:fs';
    import { PoisonError } from '${errors}';
    export default function (updates) {
      for (const update of updates) {
        if (update.url.endsWith('/7')) throw new PoisonError('bad seven', { update });
        if (update.url.endsWith('/30') && !existsSync('${marker}')) {
          writeFileSync('${marker}', '');
          process.exit(1);
        }
      }
      for (const { url } of updates) say(url);
    }`);
  const paused: string[] = [];
  node.events.on('paused', ({ error }) => paused.push((error as Error).message));
  await node.subscribe({ name: 'index', maxBatch: 10, handler: pathToFileURL(module) });
  await node.idle();
  const good = urls.filter((url) => !url.endsWith('/7'));
  await sayings.until(() => good.every((url) => sayings.said.includes(url)));
  assert.ok(
    paused.some((message) => message.startsWith("the handler's thread ended")),
    paused.join(),
  );
  assert.ok(!sayings.said.some((url) => url === urls[7]));
  assert.equal(node.snapshot().deadLetters.count, 1);
});

test('a module that cannot be a handler is refused, and no subscription is begun', async (t) => {
  const { node } = await pair(t);
  const sayings = new Sayings(t);
  const nowhere = join(temporaryDirectory(), 'nowhere.ts');
  const cases: readonly (readonly [HandlerSubscribeOptions['handler'], RegExp])[] = [
    [nowhere, /^handler: there is no file .*nowhere\.ts$/],
    [
      sayings.module('export const deliver = 1;'),
      /handler\.ts has no function as its default export, but none$/,
    ],
    [sayings.module('export default 5;'), /has no function as its default export, but number$/],
    [sayings.module('export default function ( {'), /could not be loaded: \w*SyntaxError/],
    [sayings.module('throw new Error("no licence");'), /could not be loaded: Error: no licence$/],
    [
      sayings.module('import "./lacking.ts";'),
      /could not be loaded: Error: Cannot find module .*lacking\.ts/,
    ],
    [sayings.module('process.exit(4);'), /the handler's thread ended: it ended with exit code 4$/],
    [new URL('https://example.com/handler.js'), /expected a path or a file: URL/],
  ];
  for (const [handler, why] of cases)
    await assert.rejects(node.subscribe({ name: 'index', handler }), (error) => {
      assert.ok(isBucketcastError(error, 'invalid-settings'));
      assert.match(error.message, why);
      return true;
    });
  const handler = sayings.module(telling);
  await assert.rejects(node.subscribe({ name: 'index', parse: 'feed', handler }), /parse: feed/);
  assert.deepEqual(node.snapshot().reading?.subscriptions, []);
});

test('a settings file names a module beside itself, and the node serves it, of both layouts', async (t) => {
  const sayings = new Sayings(t);
  const module = sayings.module(telling);
  const configFile = join(module, '..', 'bucketcast.yaml');
  writeFileSync(configFile, 'subscriptions: { index: { layout: both, handler: ./handler.ts } }\n');
  const { settings } = loadSettings({ configFile, environment: {}, hostname: 'here' });
  assert.equal(settings.subscriptions['index']?.handler, module);
  const { node, writer } = await pair(t, { subscriptions: settings.subscriptions });
  await writer.publish({ url: 'https://example.com/a', content: { url: 'a' } });
  await writer.flush();
  await node.idle();
  await sayings.until(() => sayings.said.length > 0);
  assert.equal((sayings.said[0] as unknown as Said)[4], 'a');
});

test('a stop waits for the handler, then aborts it, and leaves no thread behind', async (t) => {
  const { node, publishAll } = await pair(t);
  await publishAll(['https://example.com/slow']);
  const sayings = new Sayings(t);
  const module = sayings.module(`
    export default async function (updates, { signal }) {
      say('begun');
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      say('aborted');
    }
    export function close() { say('closed'); }`);
  const subscription = await node.subscribe({ name: 'slow', handler: module });
  await sayings.until(() => sayings.said.length === 1);
  assert.equal(node.snapshot().reading?.subscriptions[0]?.waiting.reason, 'delivering');
  await subscription.stop({ timeoutMs: 20 });
  await subscription.ended;
  await sayings.until(() => sayings.said.length === 3);
  assert.deepEqual(sayings.said, ['begun', 'aborted', 'closed']);
});
