import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { it, type TestContext } from 'node:test';
import { BucketcastError, isBucketcastError } from '../../src/base/errors.ts';
import type { SettingsInput } from '../../src/config/settings.ts';
import { createNode } from '../../src/node.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const brisk = {
  publish: { tipIntervalMs: 10 },
  poll: { minMs: 10, maxMs: 50 },
  objects: { pollMinMs: 10, pollMaxMs: 50 },
};
let fleets = 0;

/** Settings of two servers on one store of their own. */
function pair(reader: SettingsInput, writer: SettingsInput = {}) {
  fleets += 1;
  const store = { url: `memory:serving-${fleets}` };
  const state = () => temporaryDirectory();
  return {
    reader: createNode({ server: 'reader', store, state: state(), ...brisk, ...reader }),
    writer: createNode({ server: 'writer', store, state: state(), ...brisk, ...writer }),
  };
}

it('a node serves every subscription of its settings, each by its own sink', async (t) => {
  const directory = temporaryDirectory();
  const hook = await receiver(t);
  const output = new PassThrough();
  const { reader, writer } = pair({
    subscriptions: {
      disk: { sink: { type: 'files', path: directory, suffix: '.xml' } },
      hook: { sink: { type: 'webhook', url: hook.url, allowPrivate: true } },
      lines: { sink: { type: 'stdout' } },
    },
  });
  await Promise.all([reader.start({ serve: true, output }), writer.start()]);
  await writer.publish({ url: 'https://example.com/a', content: '<a/>' });
  await reader.idle();
  assert.equal(await readFile(join(directory, 'https___example.com_a.xml'), 'utf8'), '<a/>');
  assert.match(hook.bodies.join(''), /"url":"https:\/\/example\.com\/a"/);
  assert.match(String(output.read()), /"content":"<a\/>"/);
  await Promise.all([reader.stop(), writer.stop()]);
});

it('what a watched directory publishes reaches a subscription that reads both layouts once', async () => {
  const directory = temporaryDirectory();
  const output = new PassThrough();
  const { reader, writer } = pair(
    { subscriptions: { feeds: { layout: 'both', parse: 'feed', sink: { type: 'stdout' } } } },
    { objects: { ...brisk.objects, publish: true }, watch: [{ path: directory, settleMs: 0 }] },
  );
  await Promise.all([reader.start({ serve: true, output }), writer.start({ serve: true })]);
  const rss = '<rss version="2.0"><channel><title>t</title></channel></rss>';
  await writeFile(join(directory, 'https___example.com_feed.xml.feed'), rss);
  const [chunk] = (await once(output, 'data')) as [Buffer];
  await reader.idle();
  const line = JSON.parse(String(chunk)) as { url: string; content: unknown };
  assert.deepEqual(
    [line.url, line.content],
    ['https://example.com/feed.xml', { feed: { format: 'rss', title: 't' }, entries: [] }],
  );
  const delivered = reader.snapshot().reading?.subscriptions.map((one) => one.delivered);
  const copies = reader.snapshot().objects?.subscriptions.map((one) => [one.name, one.lag, one.delivered]);
  assert.deepEqual([delivered, copies], [[1], [['feeds/objects', 0, 0]]]);
  assert.equal(writer.status().sources[0]?.published, 1);
  await Promise.all([reader.stop(), writer.stop()]);
});

it('a subscription goes on where it was when it changes its layout', async () => {
  const { reader, writer } = pair({}, { objects: { ...brisk.objects, publish: true } });
  await Promise.all([reader.start(), writer.start()]);
  const urls: string[] = [];
  const read = async (layout: 'log' | 'objects' | 'both') => {
    const subscription = await reader.subscribe({ name: 'feeds', layout }, (updates) => {
      urls.push(...updates.map(({ url }) => url));
    });
    await reader.idle();
    await subscription.stop();
  };
  await writer.publish({ url: '1' }, { visible: true });
  await read('objects');
  await writer.publish({ url: '2' }, { visible: true });
  await read('objects');
  assert.deepEqual(urls, ['1', '2']);
  await read('both');
  assert.deepEqual(urls.splice(0), ['1', '2', '1', '2'], 'the log was not read before');
  await writer.publish({ url: '3' }, { visible: true });
  await read('log');
  await read('both');
  assert.deepEqual(urls, ['3']);
  await Promise.all([reader.stop(), writer.stop()]);
});

it('a sink that cannot be opened is told at the start, and leaves nothing open', async () => {
  const directory = temporaryDirectory();
  const taken = join(directory, 'file');
  await writeFile(taken, '');
  const settings = (path: string): SettingsInput => ({
    subscriptions: {
      first: { sink: { type: 'files', path: join(directory, 'kept') } },
      second: { sink: { type: 'files', path } },
    },
  });
  const { reader } = pair(settings(taken));
  await assert.rejects(
    reader.start({ serve: true }),
    (error) =>
      isBucketcastError(error, 'invalid-settings') && /subscriptions\.second\.sink\.path/.test(error.message),
  );
  const again = pair(settings(join(directory, 'other'))).reader;
  await again.start({ serve: true });
  assert.ok(existsSync(join(directory, 'other')));
  await again.stop();
});

it('what is wrong with sinks, sources and the store of objects is told before HTTP is served', async (t) => {
  const directory = temporaryDirectory();
  const file = join(directory, 'file');
  await writeFile(file, '');
  const wrong: readonly (readonly [SettingsInput, RegExp])[] = [
    [{ subscriptions: { a: { sink: { type: 'files', path: file } } } }, /^subscriptions\.a\.sink\.path: /],
    [
      { subscriptions: { a: { sink: { type: 'webhook', url: 'http://127.0.0.1/' } } } },
      /^subscriptions\.a\.sink\.url: .* of this machine/,
    ],
    [
      { subscriptions: { a: { sink: { type: 'command', command: ['no-such-program'] } } } },
      /no-such-program/,
    ],
    [{ watch: [{ path: directory }, { path: file }] }, /^watch\[1\]\.path: expected a directory, and /],
    [{ objects: { publish: true, url: 'nowhere:x' } }, /^objects\.url: /],
    [
      { objects: { url: 'nowhere:x' }, subscriptions: { a: { layout: 'both', sink: { type: 'stdout' } } } },
      /^objects\.url: /,
    ],
  ];
  for (const [settings, told] of wrong) {
    const state = temporaryDirectory();
    const node = pair({ state, http: { port: 0 }, ...settings }).reader;
    t.after(() => node.stop());
    let isServed = false;
    node.events.on('listening', () => {
      isServed = true;
    });
    await assert.rejects(node.start({ serve: true, http: true }), (error) => {
      assert.ok(isBucketcastError(error, 'invalid-settings'), String(error));
      assert.match(error.message, told);
      return true;
    });
    assert.ok(!isServed, String(told));
    // Nobody holds its state directory any more.
    const again = pair({ state, http: { port: 0 } }).reader;
    await again.start({ serve: true, http: true });
    await again.stop();
  }
});

it('a watched directory that does not exist yet is waited for', async () => {
  const { reader } = pair({ watch: [{ path: join(temporaryDirectory(), 'later') }] });
  await reader.start({ serve: true });
  await reader.stop();
});

it('a node that waits for its store, to make a subscription or to join, can be stopped', async () => {
  for (const answers of [0, 3]) {
    const store = new AwayStore(answers);
    const sink = { type: 'stdout' } as const;
    const settings = { server: 'a', state: temporaryDirectory(), subscriptions: { all: { sink } } };
    const node = createNode(settings, { store });
    const starting = node.start({ waitForStore: true, serve: true });
    const stopped = assert.rejects(starting);
    await new Promise(setImmediate);
    await node.stop({ timeoutMs: 0 });
    await stopped;
  }
});

it('sources bring updates to the spool before the store was ever reached', async () => {
  const directory = temporaryDirectory();
  await mkdir(join(directory, 'in'));
  await writeFile(join(directory, 'in', 'a.feed'), 'a');
  const store = { url: 's3://nowhere?endpoint=http://127.0.0.1:9', accessKeyId: 'a', secretAccessKey: 'b' };
  const watch = [{ path: join(directory, 'in'), settleMs: 0, urlFrom: 'https://example.com/{path}' }];
  const settings = { server: 'a', store, state: join(directory, 'state'), spool: { enabled: true }, watch };
  const node = createNode(settings);
  const away = new Promise((resolve) => node.events.on('poll-failed', resolve));
  const starting = node.start({ waitForStore: true, serve: true }).catch(() => {});
  await away;
  while ((node.status().spool.updates ?? 0) === 0) await new Promise(setImmediate);
  await node.stop({ timeoutMs: 0 });
  await starting;
});

/** Answers so many reads, and then no more. */
class AwayStore extends MemoryStore {
  #left: number;

  constructor(answers: number) {
    super();
    this.#left = answers;
  }

  override async get(...given: Parameters<MemoryStore['get']>) {
    this.#answer();
    return super.get(...given);
  }

  override async list(...given: Parameters<MemoryStore['list']>) {
    this.#answer();
    return super.list(...given);
  }

  #answer(): void {
    this.#left -= 1;
    if (this.#left < 0) throw new BucketcastError('store-unavailable', 'away');
  }
}

/** An HTTP server that takes everything. */
async function receiver(t: TestContext) {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => bodies.push(chunk));
    request.on('end', () => response.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { bodies, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}
