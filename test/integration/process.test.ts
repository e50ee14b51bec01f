import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { it } from 'node:test';
import { type NodeFile, readNodeFile } from '../../src/state/node-file.ts';
import { type CliProcess, command, startCli, workplace } from '../cli/command-line.ts';
import { startStoreFront } from './store-front.ts';

const timeout = 15_000;

function configured(settings: string, server = 'a') {
  const place = workplace(server);
  const file = join(place.directory, 'bucketcast.yaml');
  const configure = (yaml: string) => writeFileSync(file, yaml);
  configure(settings);
  return { ...place, file, configure, words: ['node', '--config', file, ...place.words] };
}

async function toldFacts(node: CliProcess, pattern: RegExp): Promise<Record<string, unknown>> {
  return JSON.parse(await node.told(pattern)) as Record<string, unknown>;
}

async function ended(node: CliProcess, signal: NodeJS.Signals, code: number): Promise<string> {
  node.child.kill(signal);
  const end = await node.ended();
  assert.equal(end.code, code, end.err);
  return end.err;
}

function manyLines(count: number, contentBytes: number, urlBytes = 1): string {
  const [content, url] = ['x'.repeat(contentBytes), 'u'.repeat(urlBytes)];
  return Array.from({ length: count }, (_, n) => JSON.stringify({ url: `${url}${n}`, content })).join('\n');
}

/** As many milliseconds as the code ran. */
async function lasted(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}

it('SIGHUP changes limits and log level at once, names what needs a restart, and says when nothing changed', {
  timeout,
}, async (t) => {
  const { words, configure } = configured('limits: { requestsInFlight: 8 }');
  const node = startCli(t, words);
  await node.told(/the node runs/);
  node.child.kill('SIGHUP');
  await node.told(/nothing has changed/);
  configure(
    'limits: { requestsInFlight: 3 }\nlog: { level: debug }\npoll: { maxMs: 3s }\nstore: { secretAccessKey: hush-hush }',
  );
  node.child.kill('SIGHUP');
  assert.deepEqual((await toldFacts(node, /these changed/))['settings'], [
    'limits.requestsInFlight',
    'log.level',
  ]);
  const restart = await toldFacts(node, /next start only/);
  assert.deepEqual(restart['settings'], ['store.secretAccessKey', 'poll.maxMs']);
  await node.told(/"polled"/);
  configure('');
  node.child.kill('SIGHUP');
  assert.deepEqual((await toldFacts(node, /these changed/))['settings'], [
    'limits.requestsInFlight',
    'log.level',
  ]);
  assert.doesNotMatch(await ended(node, 'SIGTERM', 143), /hush-hush/);
});

it('a settings file that is wrong keeps those of before, and the log tells every mistake', {
  timeout,
}, async (t) => {
  const { words, configure } = configured('');
  const node = startCli(t, words);
  await node.told(/the node runs/);
  for (const [wrong, problems] of [
    ['limits: { requestsInFlight: -1 }\npoll: { maxMs: never }\nlog: { level: debug }', 2],
    ['limits: {', 1],
  ] as const) {
    configure(wrong);
    node.child.kill('SIGHUP');
    const facts = await toldFacts(node, /could not be read again/);
    assert.equal((facts['problems'] as string[]).length, problems, JSON.stringify(facts));
    assert.match(JSON.stringify(facts), /bucketcast\.yaml/);
  }
  configure('');
  node.child.kill('SIGHUP');
  await node.told(/nothing has changed/);
  assert.doesNotMatch(await ended(node, 'SIGTERM', 143), /"polled"/, 'the level stayed as it was');
});

it('SIGHUPs while a node waits for its store, and while it stops, do no harm', { timeout }, async (t) => {
  const front = await startStoreFront(t, 'refuse');
  const { configure, file, directory } = configured('');
  const node = startCli(
    t,
    ['node', '--config', file, '--server', 'a', '--state', `${directory}/a`],
    front.environment,
  );
  await node.told(/does not answer; the node goes on starting/);
  configure('log: { level: debug }');
  node.child.kill('SIGHUP');
  await node.told(/these changed/);
  configure('log: { level: info }');
  for (let n = 0; n < 3; n += 1) node.child.kill('SIGHUP');
  await node.told(/these changed/);
  node.child.kill('SIGTERM');
  node.child.kill('SIGHUP');
  assert.equal((await node.ended()).code, 143);
});

it('SIGHUP ends every command but node, as it ends programs', { timeout }, async (t) => {
  const { words } = workplace();
  await command(['publish', 'u', ...words]);
  const tail = startCli(t, ['tail', ...words]);
  await once(tail.lines, 'line');
  tail.child.kill('SIGHUP');
  await tail.ended();
  assert.equal(tail.child.signalCode, 'SIGHUP');
});

it('a node starts while its store is away, says once what it waits for, and goes on when it is there', {
  timeout,
}, async (t) => {
  const front = await startStoreFront(t, 'refuse');
  const node = startCli(t, ['node'], front.environment);
  const waiting = await toldFacts(node, /does not answer; the node goes on starting/);
  assert.equal(waiting['store'], front.environment['BUCKETCAST_STORE_URL']);
  assert.match(String(waiting['error']), /ECONNREFUSED/);
  await front.open();
  const back = await toldFacts(node, /the store answers again/);
  assert.ok(Number(back['failures']) >= 1);
  await node.told(/the node runs/);
  const err = await ended(node, 'SIGTERM', 143);
  assert.equal(err.match(/does not answer/g)?.length, 1, err);
});

for (const behaviour of ['refuse', 'hang'] as const) {
  it(`SIGTERM ends a node at once that waits for a store whose requests ${behaviour}`, {
    timeout,
  }, async (t) => {
    const front = await startStoreFront(t, behaviour);
    const node = startCli(t, ['node'], front.environment);
    await (behaviour === 'hang' ? front.asked : node.told(/does not answer/));
    const ms = await lasted(() => ended(node, 'SIGTERM', 143));
    assert.ok(ms < 9500, `${ms}`);
  });
}

for (const { title, timeoutMs, signals } of [
  { title: 'a sink that hangs is given stop.timeoutMs', timeoutMs: 300, signals: ['SIGTERM'] },
  { title: 'a second signal ends the node at once', timeoutMs: 60_000, signals: ['SIGINT', 'SIGTERM'] },
] as const) {
  it(title, { timeout }, async (t) => {
    const { words, at } = configured(
      `stop: { timeoutMs: ${timeoutMs} }\nsubscriptions: { all: { sink: { type: stdout } } }`,
    );
    await command(['publish', '--ndjson', '-', ...at('b')], { input: manyLines(100, 20_000) });
    const node = startCli(t, words);
    // From here on nobody reads: a pipe holds some of it, and the rest hangs in the sink.
    await once(node.child.stdout as Readable, 'readable');
    const ms = await lasted(async () => {
      for (const signal of signals) {
        node.child.kill(signal);
        if (signal !== 'SIGTERM') await node.told(/the node stops/);
      }
      await once(node.child, 'exit');
    });
    assert.equal(node.child.exitCode, 143);
    assert.ok(ms < 9500, `${ms}`);
  });
}

it('a publish under way when a node stops gets stop.timeoutMs, and then an answer', {
  timeout,
}, async (t) => {
  const front = await startStoreFront(t, 'refuse');
  const state = `${workplace().directory}/a`;
  await front.open();
  const node = startCli(t, ['node', '--state', state], {
    ...front.environment,
    BUCKETCAST_STOP_TIMEOUT_MS: '400',
  });
  await node.told(/the node runs/);
  const { url, token } = readNodeFile(state) as NodeFile;
  const held = front.holdWrites();
  const answer = fetch(`${url}/api/updates`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{"url":"u"}',
  });
  await held;
  const ms = await lasted(() => ended(node, 'SIGTERM', 143));
  assert.ok(ms >= 400 && ms < 9500, `${ms}`);
  assert.equal((await answer).status, 503);
});

it('an error that nobody catches ends the node with one line of JSON, the stack in it, and code 1', {
  timeout,
}, async (t) => {
  const { words } = workplace();
  const fault = join(workplace().directory, 'fault.mjs');
  writeFileSync(fault, "process.on('SIGUSR2', () => Promise.reject(new RangeError('out of the blue')));");
  const node = startCli(t, ['node', ...words], {
    NODE_OPTIONS: `--import=${fault}`,
    BUCKETCAST_LOG_LEVEL: 'silent',
    BUCKETCAST_POOL_THREADS: '1',
  });
  await node.told(/publish https/);
  await command(['publish', 'u', ...words]);
  node.child.kill('SIGUSR2');
  const { code, err } = await node.ended();
  assert.equal(code, 1, err);
  const lines = err.split('\n').filter((line) => line.startsWith('{'));
  assert.equal(lines.length, 1, err);
  const line = JSON.parse(lines[0] as string) as { level: number; err: { stack: string }; msg: string };
  assert.equal(line.level, 60);
  assert.match(line.err.stack, /RangeError: out of the blue\n +at /);
  const again = await startCli(t, ['tail', '--subscription', 'x', '--exit-when-idle', ...words]).ended();
  assert.equal(again.code, 0, again.err);
  assert.match(again.out, /"url":"u"/);
});

it('a node goes on when the reader of its log goes away', { timeout }, async (t) => {
  const { words, at } = configured('subscriptions: { all: { sink: { type: stdout } } }');
  const node = startCli(t, words);
  await node.told(/the node runs/);
  node.child.stderr?.destroy();
  for (const url of ['first', 'second']) {
    const line = once(node.lines, 'line');
    await command(['publish', url, ...at('b')]);
    assert.match(String(await line), new RegExp(url));
  }
  node.child.kill('SIGTERM');
  assert.equal((await node.ended()).code, 143);
});

it('a node whose log nobody reads goes on, drops lines rather than keep them, and says so later', {
  timeout,
}, async (t) => {
  const { words, at } = configured('subscriptions: { all: { sink: { type: stdout }, maxBatch: 1 } }');
  const node = startCli(t, words);
  await node.told(/the node runs/);
  const log = node.child.stderr as Readable;
  log.pause();
  let seen = 0;
  const all = new Promise<void>((resolve) => {
    node.lines.on('line', () => {
      seen += 1;
      if (seen === 700) resolve();
    });
  });
  // Its URL stands in the line of the log about each.
  await command(['publish', '--ndjson', '-', ...at('b')], { input: manyLines(700, 0, 2000) });
  await all;
  log.resume();
  // The pipe is emptied by and by; each further line is a chance to tell.
  const told = node.told(/log lines were dropped/);
  const more = command(['publish', '--ndjson', '-', ...at('b')], { input: manyLines(200, 0) });
  assert.ok((JSON.parse(await told) as { dropped: number }).dropped > 0);
  await more;
  node.child.kill('SIGTERM');
  assert.equal((await node.ended()).code, 143);
});

it('a node whose log is stuck ends all the same when told to', { timeout }, async (t) => {
  const { words, at } = configured('subscriptions: { all: { sink: { type: stdout }, maxBatch: 1 } }');
  const node = startCli(t, words);
  await node.told(/the node runs/);
  node.child.stderr?.pause();
  const line = once(node.lines, 'line');
  await command(['publish', '--ndjson', '-', ...at('b')], { input: manyLines(200, 0, 2000) });
  await line;
  const ms = await lasted(async () => {
    node.child.kill('SIGTERM');
    await once(node.child, 'exit');
  });
  assert.equal(node.child.exitCode, 143);
  assert.ok(ms < 9500, `${ms}`);
});
