import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createNode } from '../../src/node.ts';
import { end } from '../support/processes.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { testOnCeph, through } from './stores.ts';

const script = join(import.meta.dirname, 'spooling-node.ts');

testOnCeph(
  'a node takes updates while the bucket is away and through kill -9, and takes them there in order afterwards',
  async (t, store, ceph) => {
    const gateway = await ceph.gateway();
    const settings = {
      server: 'writer',
      state: join(temporaryDirectory(), 'state'),
      store: through(gateway, store),
      spool: { enabled: true },
      publish: { tipIntervalMs: 100, maxSegmentUpdates: 10, maxPendingBytes: 240_000 },
      retry: { baseMs: 20, capMs: 200 },
    };
    const answered: number[] = [];
    let process: ChildProcess | undefined;
    t.after(() => process && end(process));

    /** Runs it until a line that ends the run; kills it there, unless it ends by itself. */
    const run = async (from: number, count: number, until: RegExp) => {
      process = spawn(
        globalThis.process.execPath,
        [script, JSON.stringify(settings), `${from}`, `${count}`],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      for await (const line of createInterface({ input: process.stdout as NodeJS.ReadableStream })) {
        const [, number] = /^spool (\d+)$/.exec(line) ?? [];
        if (number !== undefined) answered.push(Number(number));
        if (until.test(line)) break;
      }
    };

    await gateway.kill();
    await run(0, 300, /^all answered/);
    await end(process!);
    await run(1000, 300, /^spool 1150/);
    await end(process!);
    assert.ok(answered.length > 400, String(answered.length));

    await gateway.restart();
    await run(2000, 100, /^all answered/);
    await end(process!);
    await run(3000, 10, /^left/);
    if (process!.exitCode === null) await once(process!, 'exit');
    assert.equal(process!.exitCode, 0);

    const reader = createNode({
      server: 'reader',
      state: join(temporaryDirectory(), 'state'),
      store: settings.store,
    });
    await reader.start();
    const found: number[] = [];
    await reader.subscribe({ name: 'all', from: 'earliest' }, async (updates) => {
      for (const { data } of updates) found.push(Number(data));
    });
    await reader.idle();
    await reader.stop();
    assert.deepEqual(
      answered.filter((number) => !found.includes(number)),
      [],
      'nothing is lost',
    );
    const first = [...new Set(found)];
    for (const url of [0, 1, 2]) {
      const ofUrl = first.filter((number) => number % 3 === url);
      assert.deepEqual(
        ofUrl,
        ofUrl.toSorted((a, b) => a - b),
        'in order within a URL',
      );
    }
  },
);
