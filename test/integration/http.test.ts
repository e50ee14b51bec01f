import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { createNode } from '../../src/node.ts';
import { type NodeFile, readNodeFile } from '../../src/state/node-file.ts';
import { startCli, workplace } from '../cli/command-line.ts';
import { end } from '../support/processes.ts';

const timeout = 20_000;

/** A node as a process, and where it listens. */
async function started(t: TestContext, { directory, words }: ReturnType<typeof workplace>) {
  const node = startCli(t, ['node', ...words]);
  await node.told(/the node runs/);
  return { ...(readNodeFile(join(directory, 'a')) as NodeFile), child: node.child };
}

async function post(url: string, key: string, body: object): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${url}/api/updates`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  });
  return { status: answer.status, text: await answer.text() };
}

function segments({ directory }: ReturnType<typeof workplace>): number {
  const entries = readdirSync(join(directory, 'store', 'v1', 'log'), {
    recursive: true,
    withFileTypes: true,
  });
  return entries.filter((entry) => entry.isFile()).length;
}

it('a request with a key gets the same answer after kill -9, and its update is in the bucket once', {
  timeout,
}, async (t) => {
  const place = workplace();
  const first = await started(t, place);
  const answer = await post(first.url, 'k', { url: 'u' });
  assert.equal(answer.status, 201);
  await end(first.child);
  assert.equal(readNodeFile(join(place.directory, 'a')), undefined, 'nobody is told of the dead node');
  const second = await started(t, place);
  assert.notEqual(second.token, first.token);
  assert.deepEqual(await post(second.url, 'k', { url: 'u' }), answer);
  assert.equal((await post(second.url, 'k', { url: 'v' })).status, 422);
  assert.equal(segments(place), 1);
  await post(second.url, 'l', { url: 'u' });
  assert.equal(segments(place), 2);
  await end(second.child, 'SIGTERM');
  assert.equal(readdirSync(join(place.directory, 'a')).includes('node.json'), false);
});

it('requests cut off by kill -9 and sent again are the same updates, however far they had come', {
  timeout,
}, async (t) => {
  const place = workplace();
  const first = await started(t, place);
  const numbers = Array.from({ length: 300 }, (_, number) => number);
  const all = ({ url }: { url: string }) => numbers.map((n) => post(url, `key-${n}`, { url: `u${n}` }));
  const cutOff = all(first);
  const settling = Promise.allSettled(cutOff);
  await Promise.any(cutOff);
  await end(first.child);
  const before = await settling;

  const second = await started(t, place);
  const after = await Promise.all(all(second));
  for (const [n, early] of before.entries())
    if (early.status === 'fulfilled' && early.value.status === 201) assert.deepEqual(after[n], early.value);
  assert.ok(after.every(({ status }) => status === 201));

  const ids = new Map<string, Set<string>>();
  await using reader = createNode({
    server: 'reader',
    state: join(place.directory, 'reader'),
    store: { url: `file:${place.directory}/store` },
    poll: { minMs: 10 },
  });
  await reader.start();
  await reader.subscribe({ name: 'all' }, (updates) => {
    for (const { url, id } of updates) ids.set(url, (ids.get(url) ?? new Set()).add(id));
  });
  await reader.idle();
  assert.equal(ids.size, numbers.length);
  assert.ok(
    [...ids.values()].every(({ size }) => size === 1),
    'one id for each request',
  );
});
