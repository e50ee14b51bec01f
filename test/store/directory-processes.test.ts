import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { DirectoryStore } from '../../src/store/directory-store.ts';
import { listAll } from '../../src/store/list-all.ts';
import { end } from '../support/processes.ts';

describe('a directory store, used by several processes', () => {
  let directory: string;
  let store: DirectoryStore;
  let children: Writer[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bucketcast-store-'));
    store = new DirectoryStore(directory);
  });
  afterEach(async () => {
    await Promise.all(children.map((writer) => end(writer.child)));
    children = [];
    await store.close();
    await rm(directory, { recursive: true });
  });

  const start = async (task: string, count: number) => {
    children = Array.from({ length: count }, (_, index) => startWriter(directory, task, `w${index}`));
    await Promise.all(children.map((writer) => writer.lines.next()));
    for (const { child } of children) child.stdin?.write('go\n');
    return children;
  };

  it('lets one of them win each put-if-absent, and keeps the winner’s bytes', async () => {
    const writers = await start('absent', 4);
    const said = await Promise.all(writers.map((writer) => rest(writer)));
    for (let round = 0; round < 20; round += 1) {
      const winners = said.flatMap((lines, index) =>
        lines.some((line) => line.round === round && line.status === 'stored') ? [`w${index}`] : [],
      );
      const got = await store.get(`race/${round}`);
      assert.ok(got.status === 'found');
      assert.deepEqual(winners, [new TextDecoder().decode(got.body)]);
    }
  });

  it('loses no step of a counter that they all advance by compare-and-set', async () => {
    await store.put('counter', new TextEncoder().encode('0'));
    const writers = await start('count', 4);
    await Promise.all(writers.map((writer) => rest(writer)));
    const got = await store.get('counter');
    assert.ok(got.status === 'found');
    assert.equal(new TextDecoder().decode(got.body), '100');
  });

  it('has every acknowledged write and no half one after kill -9 at any step, and goes on working', async () => {
    const lastRounds = new Map<string, number>();
    for (let kill = 0; kill < 6; kill += 1) {
      const [writer] = await start('forever', 1);
      assert.ok(writer);
      // Killed at a moment that differs from run to run, at least one write in.
      await writer.lines.next();
      for (let wait = 0; wait < kill * 3; wait += 1) await writer.lines.next();
      await end(writer.child, 'SIGKILL');
      const last = (await rest(writer)).at(-1)?.round ?? kill * 3;
      lastRounds.set('w0', Math.max(last, lastRounds.get('w0') ?? 0));
      const torn = await store.get('torn');
      assert.ok(torn.status === 'found');
      assert.equal(torn.body.byteLength, 200_000);
      assert.equal(
        torn.body.every((byte) => byte === torn.body[0]),
        true,
        'a write was torn',
      );
      // The dead held no lock for ever.
      assert.equal((await store.put('torn', new Uint8Array(200_000))).status, 'stored');
    }
    const kept = new Set<string>();
    for await (const object of listAll(store, 'kept/')) {
      assert.equal(object.size, 1000);
      kept.add(object.key);
    }
    for (let round = 0; round <= (lastRounds.get('w0') ?? 0); round += 1)
      assert.ok(kept.has(`kept/w0/${round}`), `round ${round} is lost`);
    for await (const object of listAll(store, 'gone/')) assert.equal(object.size, 1);
  });

  it('sweeps temporary files that a crash left behind, and leaves fresh ones alone', async () => {
    await mkdir(join(directory, '%tmp'));
    const old = join(directory, '%tmp', '1-old');
    await writeFile(old, 'x');
    await utimes(old, 1000, 1000);
    await writeFile(join(directory, '%tmp', '2-fresh'), 'x');
    await store.put('a', new Uint8Array(1));
    assert.deepEqual(await readdir(join(directory, '%tmp')), ['2-fresh']);
  });

  it('waits for a process that is stopped in the middle of a write only so long', async () => {
    const patient = new DirectoryStore(directory, { lockPatienceMs: 50 });
    const [writer] = await start('forever', 1);
    assert.ok(writer);
    await writer.lines.next();
    // Only some stops hit the writer while it holds the lock; the others must not disturb anybody.
    for (let stop = 0; stop < 5; stop += 1) {
      writer.child.kill('SIGSTOP');
      const outcome = await patient.put('a', new Uint8Array(1)).then(
        () => 'stored',
        (error) => error.code,
      );
      assert.match(outcome, /^(stored|store-unavailable)$/);
      writer.child.kill('SIGCONT');
      await writer.lines.next();
    }
    await end(writer.child);
    assert.equal((await patient.put('a', new Uint8Array(1))).status, 'stored');
    await patient.close();
  });
});

describe('a directory store', () => {
  it('is created by the first write, and reads as empty before', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'bucketcast-store-'));
    const store = new DirectoryStore(join(parent, 'a/b'));
    assert.equal((await store.get('x')).status, 'missing');
    assert.deepEqual((await store.list('')).objects, []);
    await store.delete('x');
    assert.deepEqual(await readdir(parent), []);
    await store.put('x', new Uint8Array(1));
    assert.equal((await store.get('x')).status, 'found');
    await store.close();
    await rm(parent, { recursive: true });
  });

  it('keeps no empty directory of objects that are gone', async () => {
    const root = await mkdtemp(join(tmpdir(), 'bucketcast-store-'));
    const store = new DirectoryStore(root);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.put(`tips/w${index}/1`, new Uint8Array())),
    );
    await store.deleteMany(Array.from({ length: 19 }, (_, index) => `tips/w${index}/1`));
    assert.deepEqual(await readdir(join(root, 'tips')), ['w19']);
    await store.delete('tips/w19/1');
    assert.deepEqual((await readdir(root)).sort(), ['%lock', '%tmp']);
    await store.close();
    await rm(root, { recursive: true });
  });

  it('survives directories that come and go under concurrent writes and deletes', async () => {
    const root = await mkdtemp(join(tmpdir(), 'bucketcast-store-'));
    const [one, two] = [new DirectoryStore(root), new DirectoryStore(root)];
    await Promise.all(
      [one, two].map(async (store, side) => {
        for (let round = 0; round < 40; round += 1) {
          await store.put(`a/b/c/${side}`, new Uint8Array(side));
          assert.equal((await store.head(`a/b/c/${side}`)).status, 'found');
          await store.delete(`a/b/c/${side}`);
        }
      }),
    );
    assert.deepEqual((await one.list('')).objects, []);
    await one.close();
    await two.close();
    await rm(root, { recursive: true });
  });

  it('lists one folder without reading 8,000 objects in the folders beside it', async () => {
    const root = await mkdtemp(join(tmpdir(), 'bucketcast-store-'));
    const store = new DirectoryStore(root);
    await store.put('tips/a', new Uint8Array());
    const log = join(root, 'log');
    await mkdir(log);
    for (let index = 0; index < 8000; index += 200) {
      await Promise.all(
        Array.from({ length: 200 }, (_, at) =>
          writeFile(join(log, `${String(index + at).padStart(6, '0')}.o`), ''),
        ),
      );
    }
    // The least of many rounds, which another program on this machine does not change.
    const timed = async (run: () => Promise<unknown>) => {
      let fastest = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 20; round += 1) {
        const began = performance.now();
        await run();
        fastest = Math.min(fastest, performance.now() - began);
      }
      return fastest;
    };
    const alone = await timed(() => store.list('tips/'));
    assert.ok(alone < 10, `${alone} ms a page`);
    const rolled = await timed(async () =>
      assert.deepEqual((await store.list('', { delimiter: '/' })).prefixes, ['log/', 'tips/']),
    );
    assert.ok(rolled < 10, `${rolled} ms a page`);
    await utimes(log, 1000, 1000);
    const page = await store.list('log/', { startAfter: 'log/007990' });
    assert.equal(page.objects.length, 9);
    const paging = await timed(() => store.list('log/', { startAfter: 'log/007990' }));
    assert.ok(paging < 30, `${paging} ms a page of a large folder at rest`);
    await store.put('log/1', new Uint8Array(1));
    assert.equal((await store.list('log/', { startAfter: 'log/007990' })).objects.length, 10);
    await store.close();
    await rm(root, { recursive: true });
  });
});

interface Writer {
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;
}

function startWriter(directory: string, task: string, name: string): Writer {
  const script = join(import.meta.dirname, 'directory-writer.ts');
  const child = spawn(process.execPath, [script, directory, task, name], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  void once(child, 'exit');
  return {
    child,
    lines: createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator](),
  };
}

async function rest({ lines }: Writer): Promise<{ round?: number; status?: string }[]> {
  const all: { round?: number; status?: string }[] = [];
  for (let line = await lines.next(); !line.done; line = await lines.next())
    all.push(JSON.parse(line.value) as { round?: number });
  return all;
}
