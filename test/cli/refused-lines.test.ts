import assert from 'node:assert/strict';
import { it } from 'node:test';
import { RefusedLines } from '../../src/cli/refused-lines.ts';

function told(...lines: readonly (readonly [line: number, problem: string])[]): string {
  let text = '';
  const refused = new RefusedLines((part) => {
    text += part;
  });
  for (const [line, problem] of lines) refused.add(line, problem);
  refused.end();
  refused.end();
  assert.equal(refused.count, lines.length);
  return text.replaceAll('bucketcast: ', '');
}

it('ten thousand lines that fail alike are told in two', () => {
  const lines = Array.from({ length: 10_000 }, (_, index) => [index + 3, 'away'] as const);
  assert.equal(told(...lines), 'line 3: away\nlines 4 to 10002: the same\n');
});

it('another problem, or a good line between, begins anew', () => {
  assert.equal(told([1, 'a'], [2, 'b'], [3, 'b']), 'line 1: a\nline 2: b\nline 3: the same\n');
  assert.equal(told([1, 'a'], [3, 'a']), 'line 1: a\nline 3: a\n');
  assert.equal(told(), '');
});
