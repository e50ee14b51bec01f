import assert from 'node:assert/strict';
import { it } from 'node:test';
import { formatQuantity, parseQuantity } from '../../src/config/quantity.ts';

it('reads times and sizes with and without units', () => {
  const times = ['0', '15', '500ms', '1.5s', '10m', '10min', '12 h', '7d'].map((text) =>
    parseQuantity(text, 'ms'),
  );
  assert.deepEqual(times, [0, 15, 500, 1500, 600_000, 600_000, 43_200_000, 604_800_000]);
  const sizes = ['12', '1B', '1kB', '64KiB', '2 MB', '1.5MiB', '1GiB'].map((text) =>
    parseQuantity(text, 'bytes'),
  );
  assert.deepEqual(sizes, [12, 1, 1000, 65_536, 2_000_000, 1_572_864, 1_073_741_824]);
});

it('refuses what it cannot mean', () => {
  for (const text of ['', 'd', '-1s', '1e3', '5 years', '7D', '1h30m', '99999999999999999d', 'constructor']) {
    assert.equal(parseQuantity(text, 'ms'), undefined, text);
  }
  assert.equal(parseQuantity('5d', 'bytes'), undefined);
  assert.equal(parseQuantity('5MiB', 'ms'), undefined);
});

it('what it writes reads back as the same value', () => {
  for (const value of [0, 1, 999, 1000, 1500, 60_000, 90_000, 3_600_000, 604_800_000, 604_800_001]) {
    assert.equal(parseQuantity(formatQuantity(value, 'ms'), 'ms'), value);
  }
  for (const value of [0, 1, 1000, 1024, 65_536, 1_572_864, 2 ** 30]) {
    assert.equal(parseQuantity(formatQuantity(value, 'bytes'), 'bytes'), value);
  }
  assert.deepEqual(
    [formatQuantity(604_800_000, 'ms'), formatQuantity(90_000, 'ms'), formatQuantity(2 ** 20, 'bytes')],
    ['7d', '90s', '1MiB'],
  );
});
