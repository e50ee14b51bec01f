import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Emitter } from '../../src/base/emitter.ts';

test('listeners are called in order, until they are taken away', () => {
  const events = new Emitter<{ tick: number }>();
  const seen: string[] = [];
  const off = events.on('tick', (n) => seen.push(`a${n}`));
  events.on('tick', (n) => seen.push(`b${n}`));
  events.emit('tick', 1);
  off();
  events.emit('tick', 2);
  assert.deepEqual(seen, ['a1', 'b1', 'b2']);
});

test('a listener that throws disturbs neither the others nor whoever emits, and is not hushed up', async () => {
  const module = new URL('../../src/base/emitter.ts', import.meta.url).href;
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
    process.on('uncaughtException', (error) => parentPort.postMessage('uncaught ' + error.message));
    import(${JSON.stringify(module)}).then(({ Emitter }) => {
      const events = new Emitter();
      events.on('tick', () => { throw new Error('faulty'); });
      events.on('tick', () => parentPort.postMessage('told'));
      events.emit('tick', 1);
      parentPort.postMessage('went on');
    });`,
    { eval: true },
  );
  const said: string[] = [];
  worker.on('message', (line: string) => said.push(line));
  await once(worker, 'exit');
  assert.deepEqual(said, ['told', 'went on', 'uncaught faulty']);
});
