import assert from 'node:assert/strict';
import { it } from 'node:test';
import { table } from '../../src/cli/table.ts';

it('a table is cut to the width of a terminal, and shows control characters as escapes', () => {
  assert.equal(
    table(
      ['a', 'b'],
      [
        ['1', 'x\u001b[2J\u202e'],
        ['333', ''],
      ],
    ),
    'a    b\n1    x\\u001b[2J\\u202e\n333\n',
  );
  assert.equal(table(['a', 'b'], [['1', '123456789']], 8), 'a  b\n1  1234…\n');
});

it('a table is not as wide everywhere as its longest cell', () => {
  const url = 'u'.repeat(8192);
  const rows = [
    [url, 'x'],
    ['short', 'y'],
  ];
  assert.equal(table(['url', 'b'], rows), `url    b\n${url}  x\nshort  y\n`);
});
