import assert from 'node:assert/strict';
import { it } from 'node:test';
import { wrapped } from '../../src/cli/wrapped.ts';

it('breaks lines at spaces, and never between a number and its unit', () => {
  const text = wrapped('polled 21 s ago, every 8 s, 2.9 MiB of ~3 segments', { width: 24, indent: '  ' });
  assert.deepEqual(text.split('\n'), ['  polled 21 s ago, every', '  8 s, 2.9 MiB of', '  ~3 segments']);
});

it('a word that is longer than a line stands alone', () => {
  assert.equal(wrapped('a bcdefghijkl m', { width: 6, indent: '', first: '> ' }), '> a\nbcdefghijkl\nm');
});
