import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LoopLag } from '../../src/pool/loop-lag.ts';

const turn = () => new Promise((resolve) => setTimeout(resolve, 30));

it('tells once by how much the event loop was late', async () => {
  const lag = new LoopLag();
  assert.equal(lag.take(), 0);
  await turn();
  lag.take();
  const until = performance.now() + 80;
  while (performance.now() < until);
  await turn();
  const late = lag.take();
  assert.ok(late > 50, `${late}`);
  assert.ok(lag.take() < late, 'told once');
});
