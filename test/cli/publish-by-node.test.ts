import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { it, type TestContext } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { writeNodeFile } from '../../src/state/node-file.ts';
import { openState } from '../../src/state/open-state.ts';
import { buildStatus } from '../../src/status/build-status.ts';
import { healthyNode } from '../status/healthy-node.ts';
import { command, startCli, workplace } from './command-line.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const line = { writer: 'w', lane: 0, sequence: 7, durable: 'bucket', id: 'ab'.repeat(16) };

/** Something that stands for the node of a state directory, and answers as told; every request to publish is kept. */
async function nodeStandIn(t: TestContext, answers: readonly Answer[]) {
  const { words, directory } = workplace();
  const seen: { readonly key: string | undefined; readonly body: string }[] = [];
  const state = join(directory, 'a');
  const held = openState({
    directory: state,
    server: 'a',
    clock: systemClock,
    random: systemRandom,
    role: 'node',
  });
  const status = { ...buildStatus(healthyNode({ server: 'a', store: `file:${directory}/store` })) };
  const server = createServer((request, response) => {
    if (request.url === '/api/status') {
      response.end(JSON.stringify(status));
      return;
    }
    void textOf(request).then((body) => {
      seen.push({ key: request.headers['idempotency-key'] as string | undefined, body });
      const answer = answers[Math.min(seen.length, answers.length) - 1] as Answer;
      answer(request, response, body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
    held.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeNodeFile(state, { pid: process.pid, url, token: 't', startedAt: 0, version: '1' });
  return { words, seen };
}

const published: Answer = (_request, response, body) => {
  const lines = body.trimEnd().split('\n');
  const results = lines.map((_, index) => JSON.stringify({ line: index + 1, ...line }));
  const summary = { complete: true, lines: lines.length, published: lines.length, failed: 0 };
  response.end(`${[...results, JSON.stringify(summary)].join('\n')}\n`);
};

const hangUp: Answer = (request) => request.socket.destroy();

const problem =
  (status: number, code: string): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ title: 'x', status, detail: `it is ${code}`, code, hint: 'Do this.' }));
  };

it('where a node runs, it publishes: one writer, and the same words as ever', async (t) => {
  const { words, at } = workplace();
  const node = startCli(t, ['node', ...words]);
  await node.told(/the node runs/);
  const { code, out, err } = await command(['publish', 'u', '--data', '[1]', '--json', ...words]);
  assert.deepEqual({ code, err }, { code: 0, err: '' });
  const first = JSON.parse(out) as { writer: string; durable: string; url: string };
  assert.deepEqual([first.url, first.durable], ['u', 'bucket']);
  const input = '{"url":"a"}\n\n{oops\n{"url":"b","content":"aGk=","encoding":"base64"}\n';
  const lines = await command(['publish', '--ndjson', '-', '--json', ...words], { input });
  assert.equal(lines.code, 4);
  assert.match(lines.err, /^bucketcast: line 3: no JSON/);
  const told = lines.out
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text) as { line: number; url: string; writer: string });
  assert.deepEqual(
    told.map(({ line: number, url, writer }) => [number, url, writer]),
    [
      [1, 'a', first.writer],
      [4, 'b', first.writer],
    ],
  );
  const tail = await command(['tail', '--exit-when-idle', ...at('reader')]);
  const urls = tail.out.trimEnd().split('\n');
  assert.deepEqual(
    urls.map((text) => (JSON.parse(text) as { url: string }).url),
    ['u', 'a', 'b'],
  );
});

it('while the store is away the spool of the node takes it, with 0', async (t) => {
  const { directory } = workplace();
  const where = ['--server', 'a', '--state', join(directory, 'a')];
  const environment = {
    BUCKETCAST_STORE_URL: 's3://updates?endpoint=http://127.0.0.1:1&region=us-east-1&pathStyle=true',
    BUCKETCAST_STORE_ACCESS_KEY_ID: 'id',
    BUCKETCAST_STORE_SECRET_ACCESS_KEY: 'key',
    BUCKETCAST_RETRY_ATTEMPTS: '1',
    BUCKETCAST_SPOOL_ENABLED: 'true',
  };
  const node = startCli(t, ['node', ...where], environment);
  await node.told(/ECONNREFUSED/);
  const one = await command(['publish', 'u', ...where], { environment });
  assert.deepEqual([one.code, one.err], [0, '']);
  assert.match(
    one.out,
    /^published u\n {2}kept in the spool of the node as [0-9a-f]{32}; it goes to the bucket/,
  );
  const lines = await command(['publish', '--ndjson', '-', ...where], {
    environment,
    input: '{"url":"a"}\n{"url":"b"}\n',
  });
  assert.deepEqual([lines.code, lines.out], [0, '2 published and kept in the spool of the node\n']);
  const status = await command(['status', ...where], { environment });
  assert.match(status.out, /^spool +3 updates, /m);
});

it('a request that was cut off is sent again with its key', async (t) => {
  const { words, seen } = await nodeStandIn(t, [hangUp, problem(503, 'unknown-outcome'), published]);
  const { code, out } = await command(['publish', 'u', '--json', ...words]);
  assert.equal(code, 0);
  assert.equal((JSON.parse(out) as typeof line).sequence, 7);
  assert.equal(seen.length, 3);
  assert.equal(new Set(seen.map(({ key }) => key)).size, 1, 'one key for all tries');
  assert.match(seen[0]?.key ?? '', /^bucketcast-cli-[0-9a-f]{32}-1$/);
  assert.equal(new Set(seen.map(({ body }) => body)).size, 1);
});

it('what the node will not take is published beside it', async (t) => {
  const { words, seen } = await nodeStandIn(t, [problem(413, 'body-too-large')]);
  const { code, out } = await command(['publish', 'u', '--json', ...words]);
  assert.equal(code, 0);
  assert.equal(seen.length, 1);
  assert.match((JSON.parse(out) as typeof line).writer, /^a~/, 'a writer of its own, in the bucket');
});

it('a refusal of the store or of a full spool is told, and not tried again', async (t) => {
  const { words, seen } = await nodeStandIn(t, [problem(503, 'spool-full')]);
  const { code, err } = await command(['publish', 'u', ...words]);
  assert.equal(code, 1);
  assert.equal(err, 'bucketcast: it is spool-full\n  Do this.\n');
  assert.equal(seen.length, 1);
});

it('a node that cannot answer in time leaves it unknown, with 3', async (t) => {
  const { words } = await nodeStandIn(t, [problem(503, 'store-unavailable')]);
  const { code, err } = await command(['publish', 'u', '--timeout', '300ms', ...words]);
  assert.equal(code, 3);
  assert.match(err, /the node has not taken the update in 0\.3 s\n {2}Whether it was published is unknown/);
});

it('a node at work on another store does not publish for us', async (t) => {
  const { words, seen } = await nodeStandIn(t, [published]);
  const { directory } = workplace();
  const [, , ...rest] = words;
  const { code } = await command(['publish', 'u', '--store', `file:${directory}/elsewhere`, ...rest]);
  assert.equal(code, 0);
  assert.equal(seen.length, 0);
});
