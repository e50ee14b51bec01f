import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LoopLag } from '../../src/pool/loop-lag.ts';
import { blockLoop } from '../support/block-loop.ts';

it('tells once by how much the event loop was late', { timeout: 10_000 }, async () => {
  const lag = new LoopLag();
  assert.equal(lag.take(), 0);
  // On a busy machine other work may be what is told first.
  for (let late = 0; late < 50; late = lag.take()) await blockLoop(250);
  assert.equal(lag.take(), 0, 'told once');
});
