import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { PoisonError } from '../../src/base/errors.ts';
import type { BucketcastNode } from '../../src/node.ts';
import { createNode } from '../../src/node.ts';
import type { Status } from '../../src/status/status.ts';
import { command, startCli, workplace } from './command-line.ts';

type Settings = NonNullable<Parameters<typeof createNode>[0]>;

/** A node with HTTP in this process, of the same directories that `words` name. */
async function nodeAt(
  t: TestContext,
  given: Settings = {},
): Promise<{ readonly node: BucketcastNode; readonly words: readonly string[]; readonly directory: string }> {
  const { words, directory } = workplace();
  const node = createNode({
    server: 'a',
    store: { url: `file:${directory}/store` },
    state: join(directory, 'a'),
    http: { port: 0 },
    poll: { minMs: 10 },
    publish: { tipIntervalMs: 10 },
    retry: { baseMs: 10 },
    ...given,
  });
  t.after(() => node.stop({ timeoutMs: 0 }));
  await node.start({ http: true });
  return { node, words: withoutStore(words), directory };
}

/** Where the node of `nodeAt()` listens. */
function urlIn(directory: string): string {
  const { url } = JSON.parse(readFileSync(join(directory, 'a', 'node.json'), 'utf8')) as { url: string };
  return url;
}

/** Whoever asks a node need not name its store. */
function withoutStore([, , ...words]: readonly string[]): readonly string[] {
  return words;
}

async function statusOf(words: readonly string[]): Promise<Status> {
  const { code, out, err } = await command(['status', '--json', ...words]);
  assert.deepEqual({ code, err }, { code: 0, err: '' });
  return JSON.parse(out) as Status;
}

const awayStore = {
  BUCKETCAST_STORE_URL: 's3://updates?endpoint=http://127.0.0.1:1&region=us-east-1&pathStyle=true',
  BUCKETCAST_RETRY_ATTEMPTS: '1',
  BUCKETCAST_STORE_ACCESS_KEY_ID: 'id',
  BUCKETCAST_STORE_SECRET_ACCESS_KEY: 'not-to-be-shown',
};

it('all is well in the first line, and every part has its own', async (t) => {
  const { node, words, directory } = await nodeAt(t);
  const delivered = Promise.withResolvers<void>();
  await node.subscribe({ name: 'pages', includeOwn: true }, () => delivered.resolve());
  await node.publish({ url: 'u' });
  await delivered.promise;
  await node.idle();
  const { code, out, err } = await command(['status', ...words]);
  assert.deepEqual({ code, err }, { code: 0, err: '' });
  assert.match(out, /^a: all is well {2}bucketcast \d+\.\d+\.\d+, up /);
  assert.match(out, new RegExp(`^store +file:${directory}/store, polled`, 'm'));
  assert.match(out, /^fleet +1 server, 1 writer and 0 parked, 1 lane; [0-9a-f]{32}$/m);
  assert.match(out, /^pages +running +0 +- +1 +0\/1 +caught up$/m);
  assert.match(out, /^a +.* ago +1 +0 +1 +1, this server$/m);
  assert.ok(!out.includes('\u001B'), 'no colours where there is no terminal');
});

it('on a terminal there are colours, unless NO_COLOR says not', async (t) => {
  const { node, words } = await nodeAt(t);
  await node.subscribe({ name: 'pages' }, () => {});
  const colored = await command(['status', ...words], { isTerminal: true });
  assert.ok(colored.out.startsWith('\u001B['));
  const plain = await command(['status', ...words], { isTerminal: true, environment: { NO_COLOR: '1' } });
  assert.ok(!plain.out.includes('\u001B'));
});

it('a sink that fails is a problem with its error, and --check tells of it alone', async (t) => {
  const { node, words } = await nodeAt(t);
  await node.subscribe({ name: 'pages', includeOwn: true }, () => {
    throw new Error('the database is down');
  });
  const seen = new Promise<void>((resolve) => node.events.on('paused', () => resolve()));
  await node.publish({ url: 'u' });
  await seen;
  const { problems } = await statusOf(words);
  assert.deepEqual(
    problems.map(({ name, severity }) => [name, severity]),
    [['subscription-paused', 'warning']],
  );
  const { code, out } = await command(['status', '--check', ...words]);
  assert.equal(code, 0, 'a warning does not wake anybody');
  assert.match(
    out,
    /^a: 1 problem .*\nwarning {2}subscription-paused\n {2}the sink of "pages" fails: .*down/,
  );
  assert.doesNotMatch(out, /^store /m);
});

it('dead letters are counted with what to type', async (t) => {
  const { node, words } = await nodeAt(t);
  await node.subscribe({ name: 'pages', includeOwn: true }, () => {
    throw new PoisonError('no such page');
  });
  const kept = new Promise<void>((resolve) => node.events.on('dead-letter', () => resolve()));
  await node.publish({ url: 'u' });
  await kept;
  const { deadLetters, problems } = await statusOf(words);
  assert.deepEqual(
    [deadLetters.count, deadLetters.byReason, deadLetters.bySubscription],
    [1, { poison: 1 }, { pages: 1 }],
  );
  assert.match(problems.find(({ name }) => name === 'dead-letters')?.advice ?? '', /dead-letters list/);
});

it('limits change at once, and are shown as changed', async (t) => {
  const { node, words } = await nodeAt(t);
  const set = await command(['limits', 'set', 'requestsPerSecond=500', 'bytesInFlight=64MiB', ...words]);
  assert.equal(set.code, 0, set.err);
  assert.match(set.out, /^bytesInFlight +64 MiB +changed live$/m);
  assert.match(set.err, /Until the node restarts or reloads/);
  assert.equal(node.limits().requestsPerSecond, 500);
  const { out } = await command(['limits', '--json', ...words]);
  const shown = JSON.parse(out) as Status['limits'];
  assert.deepEqual(shown.changed, ['requestsPerSecond', 'bytesInFlight']);
  const wrong = await command(['limits', 'set', 'requestsPerSecond=1', 'bytesInFlight=1', ...words]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /limits\.bytesInFlight: expected .*at least 1MiB|limits\.bytesInFlight: expected/);
  assert.equal(node.limits().requestsPerSecond, 500, 'nothing was changed');
});

it('a node that has not reached its store says so, critically, and its secrets stay hidden', async (t) => {
  const { directory } = workplace();
  const where = ['--server', 'a', '--state', join(directory, 'a')];
  const node = startCli(t, ['node', ...where], awayStore);
  // It serves HTTP by then.
  await node.told(/ECONNREFUSED/);
  const { code, out, err } = await command(['status', ...where], { environment: awayStore });
  assert.deepEqual({ code, err }, { code: 0, err: '' });
  assert.match(out, /^a: 1 problem/);
  assert.match(out, /not-joined\n {2}s3:\/\/updates.* has not been reached/);
  assert.match(out, /^ {2}-> .*bucketcast doctor/m);
  assert.doesNotMatch(out, /not-to-be-shown/);
});

it('without a node it names the state directory, what that remembers, and what to type', async (t) => {
  const { words, directory } = workplace();
  const nothing = await command(['status', ...withoutStore(words)]);
  assert.equal(nothing.code, 1);
  assert.match(nothing.err, new RegExp(`no node runs for the state directory ${directory}/a\n  Start one: `));
  const { node, words: used } = await nodeAt(t);
  await node.subscribe({ name: 'pages' }, () => {});
  await node.stop();
  const { code, out, err } = await command(['status', ...used]);
  assert.deepEqual([code, out], [1, '']);
  assert.match(
    err,
    /remembers:\n {2}the position of the subscription pages, current .* ago\n {2}0 dead letters/,
  );
});

it('a node that does not answer ends it with 3, and what is no node is told apart', async (t) => {
  const server = createServer((_request, response) => response.end('{"hello": 1}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const other = await command(['status', '--url', url]);
  assert.equal(other.code, 1);
  assert.match(other.err, /answers what this version does not understand/);
  server.closeAllConnections();
  server.close();
  const gone = await command(['status', '--url', url]);
  assert.equal(gone.code, 3);
  assert.match(gone.err, /does not answer \(ECONNREFUSED\)/);
});

it('a token that is missing, wrong or empty is told apart', async (t) => {
  const { directory } = await nodeAt(t, { http: { port: 0, token: 'a token that is long' } });
  const url = urlIn(directory);
  const ask = (token: string) => {
    const path = join(directory, 'token');
    writeFileSync(path, `${token}\n`);
    return command(['status', '--url', url, '--token-file', path]);
  };
  const without = await command(['status', '--url', url]);
  assert.match(without.err, /wants its token\n {2}Give the file that holds it: --token-file/);
  const wrong = await ask('a token that is wrong');
  assert.deepEqual([wrong.code, wrong.out], [1, '']);
  assert.match(wrong.err, /does not take the token that it was sent\n {2}Compare it with/);
  const empty = await ask('');
  assert.equal(empty.code, 2);
  assert.match(empty.err, /--token-file: .*token is empty/);
  assert.equal((await ask('a token that is long')).code, 0);
});

it('an address that no node can have is not blamed on a node', async (t) => {
  const nowhere = await command(['status', '--url', 'http://nowhere.invalid:7480']);
  assert.equal(nowhere.code, 3);
  assert.match(nowhere.err, /\n {2}Check the name, the network and DNS of this host/);
  const { directory } = await nodeAt(t);
  const url = urlIn(directory);
  const tls = await command(['status', '--url', url.replace('http:', 'https:')]);
  assert.equal(tls.code, 3);
  assert.match(tls.err, /\n {2}A node itself speaks plain HTTP: use http:\/\//);
});

it('--watch shows one status after the other, until it is stopped', async (t) => {
  const { node, words } = await nodeAt(t);
  await node.subscribe({ name: 'pages' }, () => {});
  const watch = startCli(t, ['status', '--watch', '100ms', '--json', ...words]);
  for (const _ of [1, 2]) {
    const [line] = (await once(watch.lines, 'line')) as [string];
    assert.equal((JSON.parse(line) as Status).server, 'a');
  }
  watch.child.kill('SIGINT');
  const { code, err } = await watch.ended();
  assert.deepEqual({ code, err }, { code: 130, err: '' });
});
