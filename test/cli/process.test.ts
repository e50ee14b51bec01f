import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { it } from 'node:test';
import { command, startCli, workplace } from './command-line.ts';

it('a reader that goes away ends tail quietly, with 0', async (t) => {
  const { words } = workplace();
  const input = Array.from({ length: 300 }, (_, n) =>
    JSON.stringify({ url: `u${n}`, content: 'x'.repeat(5000) }),
  ).join('\n');
  assert.equal((await command(['publish', '--ndjson', '-', ...words], { input })).code, 0);
  const tail = startCli(t, ['tail', ...words]);
  // Far more than a pipe holds, so the command is still writing when its reader leaves.
  await once(tail.lines, 'line');
  tail.child.stdout?.destroy();
  const { code, err } = await tail.ended();
  assert.deepEqual({ code, err }, { code: 0, err: '' });
});

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  it(`${signal} stops a node cleanly, with ${code}, and lets go of its state`, async (t) => {
    const { words } = workplace();
    const node = startCli(t, ['node', ...words]);
    await node.told(/the node runs/);
    node.child.kill(signal);
    const ended = await node.ended();
    assert.equal(ended.code, code, ended.err);
    assert.equal(ended.out, '');
    assert.match(ended.err, /"url":"http:\/\/127\.0\.0\.1:\d+","msg":"HTTP is served"/);
    assert.match(ended.err, /"spooled":0,"msg":"the node has stopped"/);
    const next = startCli(t, ['tail', '--subscription', 'x', '--exit-when-idle', ...words]);
    assert.equal((await next.ended()).code, 0);
  });
}

it('a node says in five lines what it does and what to type next, and tells of what arrives', async (t) => {
  const { words, directory } = workplace();
  const node = startCli(t, ['node', ...words]);
  await node.told(/^Bucketcast node "a" carries updates through the directory /);
  await node.told(/publish https:\/\/a\.example\//);
  await node.told(/the node runs/);
  const second = await startCli(t, ['node', ...words]).ended();
  assert.equal(second.code, 1);
  assert.match(
    second.err,
    new RegExp(`bucketcast: the state directory ${directory}/a is in use by process ${node.child.pid}\n`),
  );
  assert.equal((await command(['publish', 'https://example.com/page', ...words])).code, 0);
  const told = JSON.parse(await node.told(/received an update/)) as Record<string, unknown>;
  assert.deepEqual([told['url'], told['updates'], told['servers']], ['https://example.com/page', 1, ['a']]);
  node.child.kill('SIGTERM');
  const { err } = await node.ended();
  const introduction = err.split('\n').findIndex((line) => line.startsWith('{'));
  assert.ok(introduction <= 5, `${introduction} lines`);
});

it('a node says what to type next, and names the same store and state', async (t) => {
  const plain = startCli(t, ['node']);
  await plain.told(/the node runs/);
  plain.child.kill('SIGTERM');
  const lines = (await plain.ended()).err.split('\n').filter((line) => !line.startsWith('{'));
  for (const line of lines) assert.ok(line.length <= 80, line);
  assert.match(lines.join('\n'), /bucketcast -- tail\n.*publish https:\/\/a\.example\/\n/);

  const { directory } = workplace();
  const config = join(directory, "the node's.yaml");
  writeFileSync(config, `store: { url: "file:${directory}/store" }\nstate: ${directory}/state`);
  const node = startCli(t, ['node', '--config', config, '--server', 'b']);
  const typed = `--config '${directory}/the node'\\''s.yaml' --server b`;
  assert.ok((await node.told(/ tail /)).endsWith(`tail ${typed}`));
  assert.ok((await node.told(/ publish /)).endsWith(`publish https://a.example/ ${typed}`));
});

it('a node prints what its subscriptions get on standard output', async (t) => {
  const { words, at, directory } = workplace();
  const config = join(directory, 'bucketcast.yaml');
  writeFileSync(config, 'subscriptions: { everything: { sink: { type: stdout } } }');
  const node = startCli(t, ['node', '--config', config, ...words]);
  await node.told(/the node runs/);
  await command(['publish', 'u', '--content-json', '-', ...at('b')], { input: '[1]' });
  const [line] = (await once(node.lines, 'line')) as [string];
  const { url, content, server } = JSON.parse(line) as Record<string, unknown>;
  assert.deepEqual([url, content, server], ['u', [1], 'b']);
  node.child.kill('SIGTERM');
  assert.equal((await node.ended()).code, 143);
});

it('a store that does not answer ends publish and tail with 3, without a word of the secrets', async (t) => {
  const environment = {
    BUCKETCAST_STORE_URL: 's3://bucket?endpoint=http://127.0.0.1:9&region=x',
    BUCKETCAST_STORE_ACCESS_KEY_ID: 'id',
    BUCKETCAST_STORE_SECRET_ACCESS_KEY: 'hunter2',
    BUCKETCAST_RETRY_ATTEMPTS: '2',
    BUCKETCAST_LOG_LEVEL: 'debug',
  };
  for (const words of [['publish', 'u'], ['tail']]) {
    const { code, out, err } = await startCli(t, words, environment).ended();
    assert.equal(code, 3, err);
    assert.equal(out, '');
    assert.match(err, /bucketcast: .*ECONNREFUSED/);
    assert.doesNotMatch(err, /hunter2/);
  }
});

it('a signal in the middle of reading lines publishes what was read, and ends with 143', async (t) => {
  const { words } = workplace();
  const publish = startCli(t, ['publish', '--ndjson', '-', '--json', ...words]);
  publish.child.stdin?.write('{"url":"a"}\n');
  await once(publish.lines, 'line');
  publish.child.kill('SIGTERM');
  assert.equal((await publish.ended()).code, 143);
  const { out } = await command(['tail', '--exit-when-idle', ...words]);
  assert.equal(JSON.parse(out).url, 'a');
});

it('a store that stops answering in the middle ends publish with 3 after --timeout, and says what is unknown', async (t) => {
  const { promise: refused, resolve: refuse } = Promise.withResolvers<void>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method}`);
    // The fleet id is answered for; every write after it hangs.
    if (request.method === 'GET' && request.url?.includes('/v1/id')) {
      response.setHeader('etag', '"x"').end('bucketcast-fleet 1 9657450b608b056e02ac071fccb997f5 c910b6d9\n');
    } else refuse();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const environment = {
    BUCKETCAST_STORE_URL: `s3://bucket?endpoint=http://127.0.0.1:${port}&region=x`,
    BUCKETCAST_STORE_ACCESS_KEY_ID: 'id',
    BUCKETCAST_STORE_SECRET_ACCESS_KEY: 'secret',
  };
  const publish = startCli(t, ['publish', 'u', '--timeout', '300ms'], environment);
  await refused;
  const { code, err } = await publish.ended();
  assert.equal(code, 3, `${err} ${requests.join()}`);
  assert.match(err, /has not taken the update in 0\.3 s\n(.*\n)* {2}Whether it was published is unknown/);
});
