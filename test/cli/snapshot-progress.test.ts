import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Emitter } from '../../src/base/emitter.ts';
import type { NodeEvents } from '../../src/base/events.ts';
import { showSnapshotProgress } from '../../src/cli/snapshot-progress.ts';

const read = (urls: number) => ({ reader: '~index', snapshot: 's', urls, of: 1_000_000 });

function shown(isTTY: boolean) {
  const events = new Emitter<NodeEvents>();
  let text = '';
  const write = (chunk: string | Uint8Array) => {
    text += chunk.toString();
    return true;
  };
  showSnapshotProgress(events, { isTTY, write });
  for (const urls of [0, 500_000, 1_000_000]) events.emit('snapshot-read', read(urls));
  return text;
}

test('a terminal shows how far a snapshot is read, on one line', () => {
  const [, begun = '', half = '', whole = ''] = shown(true).split('\r');
  assert.match(begun, /^snapshot \[ {30}] {3}0 % of 1,000,000 URLs \(~index\)$/);
  assert.match(half, /^snapshot \[#{15} {15}] {2}50 %/);
  assert.match(whole, /^snapshot \[#{30}] 100 %.*\n$/);
});

test('a log file gets no bar', () => {
  assert.equal(shown(false), '');
});
