import assert from 'node:assert/strict';
import { it } from 'node:test';
import { BoundedLines } from '../../src/cli/bounded-lines.ts';

const MiB = 1024 * 1024;

/** A pipe whose reader takes nothing until it is told to. */
function pipe() {
  const stream = {
    writableLength: 0,
    lines: [] as string[],
    write(line: string) {
      stream.lines.push(line);
      stream.writableLength += line.length;
    },
  };
  return stream;
}

it('a reader that takes nothing costs a megabyte and a line, however much is written', () => {
  const stream = pipe();
  const lines = new BoundedLines(stream, () => assert.fail('there is no room to tell'));
  const line = 'x'.repeat(1000);
  for (let n = 0; n < 10_000; n += 1) lines.write(line);
  assert.ok(stream.writableLength > MiB && stream.writableLength <= MiB + 1000, `${stream.writableLength}`);
});

it('once the reader takes lines again, it is told first how many are missing', () => {
  const stream = pipe();
  const lines = new BoundedLines(stream, (dropped) => lines.write(`dropped ${dropped}`));
  lines.write('x'.repeat(MiB + 1));
  for (const line of ['a', 'b', 'c']) lines.write(line);
  stream.writableLength = 0.9 * MiB;
  lines.write('d');
  stream.writableLength = 0;
  lines.write('e');
  lines.write('f');
  assert.deepEqual(stream.lines.slice(1), ['dropped 4', 'e', 'f']);
});

it('a stream that does not say what waits in it takes every line', () => {
  const taken: string[] = [];
  const lines = new BoundedLines({ write: (line) => taken.push(line) }, () => {});
  for (let n = 0; n < 3; n += 1) lines.write('x'.repeat(MiB));
  assert.equal(taken.length, 3);
});
