import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeFleetId } from '../../src/log/fleet-id.ts';
import { parseTipsKey } from '../../src/log/keys.ts';
import { decodeBatch } from '../../src/log/parked-batch.ts';
import { decodeSegment } from '../../src/log/segment-codec.ts';
import { verifyTip } from '../../src/log/tip-mac.ts';
import {
  describeSegment,
  encodeGolden,
  goldenBatch,
  goldenEntries,
  goldenSegments,
  goldenTexts,
  goldenTip,
  updatesOf,
} from './support/golden-segments.ts';
import { sampleFleet, sampleKeys } from './support/sample-segment.ts';

const folder = new URL('../fixtures/segments/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder));
const text = (name: string) => read(name).toString();

for (const golden of goldenSegments) {
  test(`the golden segment "${golden.name}" decodes to what it always did`, () => {
    const segment = decodeSegment(read(`${golden.name}.segment`), golden.target);
    const described = describeSegment(segment, updatesOf(segment, golden.target.writer));
    assert.equal(described, text(`${golden.name}.json`));
  });

  test(`today's code writes the golden segment "${golden.name}"`, async () => {
    const bytes = await encodeGolden(golden);
    if (golden.compressed === true) {
      const segment = decodeSegment(bytes, golden.target);
      assert.equal(segment.header.compressed, true);
      assert.equal(
        describeSegment(segment, updatesOf(segment, golden.target.writer)),
        text(`${golden.name}.json`),
      );
    } else {
      assert.equal(Buffer.from(bytes).toString('hex'), read(`${golden.name}.segment`).toString('hex'));
    }
  });
}

test("today's code writes the golden tips, batches and fleet id", () => {
  for (const [name, make] of Object.entries(goldenTexts)) assert.equal(make(), text(name), name);
});

test('the golden tips, batches and fleet id are read as they always were', () => {
  const fleet = { fleetId: sampleFleet, keys: sampleKeys };
  for (const name of ['tip.txt', 'signed-tip.txt']) {
    const entry = parseTipsKey(text(name).trim());
    assert.ok(entry.type === 'tip');
    const { mac: _, ...tip } = entry.tip;
    assert.deepEqual(tip, goldenTip);
    assert.equal(verifyTip(entry.tip, fleet), name === 'tip.txt' ? 'unsigned' : 'ok');
  }
  for (const name of ['parked.txt', 'signed-parked.txt']) {
    assert.deepEqual(decodeBatch(read(name), goldenBatch, fleet), goldenEntries);
  }
  assert.equal(decodeFleetId(read('id.txt')), sampleFleet);
});

test('every golden file is looked at', () => {
  const known = [
    ...goldenSegments.flatMap(({ name }) => [`${name}.json`, `${name}.segment`]),
    ...Object.keys(goldenTexts),
  ];
  assert.deepEqual(readdirSync(folder).toSorted(), known.toSorted());
});
