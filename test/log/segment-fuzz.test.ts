import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { zstdCompressSync } from 'node:zlib';
import { isBucketcastError } from '../../src/base/errors.ts';
import { KiB, MiB } from '../../src/config/units.ts';
import { readUpdate } from '../../src/log/record.ts';
import type { DecodedSegment } from '../../src/log/segment.ts';
import { decodeSegment } from '../../src/log/segment-codec.ts';
import { headerBytes } from '../../src/log/segment-header.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { forgeCompressed, forgeSegment, repair } from './support/forged-segment.ts';
import { encodeGolden, type GoldenSegment, goldenSegments } from './support/golden-segments.ts';
import { sampleRecords, sampleTarget, sampleTime } from './support/sample-segment.ts';

/** `FUZZ_SEED=n` replays a run; every failure names its seed and its number. */
const seed = Number(process.env.FUZZ_SEED ?? 20_261);
const codes = new Set(['corrupt', 'unknown-key', 'newer-format']);

interface Sample extends GoldenSegment {
  readonly stored: Uint8Array;
}

const samples: Sample[] = [];
for (const golden of goldenSegments) {
  const few = golden.compressed === true ? golden.updates.slice(0, 20) : golden.updates;
  const small = { ...golden, updates: few };
  samples.push({ ...small, stored: await encodeGolden(small) });
}

/** Decodes and reads everything; `undefined` for a typed error, which is what hostile bytes should give. */
function attempt(stored: Uint8Array, target: Sample['target']): DecodedSegment | undefined {
  try {
    const segment = decodeSegment(stored, target);
    assert.ok(segment.bytes.length <= target.maxBytes);
    for (let index = 0; index < segment.header.count; index++) readAll(segment, index, target.writer);
    return segment;
  } catch (error) {
    assert.ok(isBucketcastError(error) && codes.has(error.code), error as Error);
    return undefined;
  }
}

/** The records' own JSON may be bad (nothing parses it before it is read); that is a typed error too. */
function readAll(segment: DecodedSegment, index: number, writer: string): void {
  try {
    JSON.stringify(readUpdate(segment, index, writer));
  } catch (error) {
    assert.ok(isBucketcastError(error, 'corrupt'), error as Error);
  }
}

function fuzz(title: string, inputs: number, one: (random: SeededRandom, sample: Sample) => void): void {
  test(`${inputs.toLocaleString('en')} inputs: ${title}`, (t) => {
    t.diagnostic(`seed ${seed}`);
    const random = new SeededRandom(seed);
    for (let input = 0; input < inputs; input++) {
      const forked = random.fork();
      try {
        one(forked, samples[input % samples.length] as Sample);
      } catch (error) {
        throw new Error(`input ${input} of FUZZ_SEED=${seed}`, { cause: error });
      }
    }
  });
}

fuzz('random bytes are never a segment', 15_000, (random, { target, stored }) => {
  const bytes = random.bytes(random.below(200));
  if (random.chance(0.5)) bytes.set(stored.subarray(0, Math.min(bytes.length, random.below(headerBytes))));
  assert.equal(attempt(bytes, target), undefined);
});

fuzz('a segment that was cut or grew is never one', 15_000, (random, { target, stored }) => {
  const cut = stored.subarray(0, random.below(stored.length));
  const grown = Buffer.concat([stored, random.bytes(1 + random.below(20))]);
  assert.equal(attempt(random.chance(0.7) ? cut : grown, target), undefined);
});

fuzz('flipped bits are always noticed', 30_000, (random, { target, stored }) => {
  assert.equal(attempt(flipped(stored, random), target), undefined);
});

fuzz('parts of several segments are never one', 10_000, (random, { target, stored, name }) => {
  const other = random.pick(samples.filter((sample) => sample.name !== name));
  const at = random.chance(0.5)
    ? headerBytes
    : 1 + random.below(Math.min(stored.length, other.stored.length) - 1);
  const spliced = Buffer.concat([stored.subarray(0, at), other.stored.subarray(at)]);
  if (Buffer.compare(spliced, stored) === 0) return;
  assert.equal(attempt(random.chance(0.8) ? spliced : other.stored, targetUnlike(target, other)), undefined);
});

fuzz(
  'flipped bits under fitting checksums give typed errors or sound updates',
  20_000,
  (random, { target, stored }) => {
    const altered = repair(flipped(stored, random), target);
    // What was flipped may have been a checksum only.
    if (Buffer.compare(altered, stored) === 0) return;
    const decoded = attempt(altered, target);
    if (target.keys.active !== undefined) assert.equal(decoded?.header.keyId, undefined);
  },
);

fuzz('lengths and counts that lie take no memory', 20_000, (random, { target, stored }) => {
  const lying = Uint8Array.from(stored);
  const view = new DataView(lying.buffer);
  const lies = [0, 1, 44, 45, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff, random.below(2 ** 32)];
  const fields = [12, 68, 72, headerBytes, headerBytes + 32, headerBytes + 36, headerBytes + 40];
  for (let i = 1 + random.below(3); i > 0; i--) {
    const at = random.pick(fields);
    if (at + 4 <= lying.length) view.setUint32(at, random.pick(lies), true);
  }
  attempt(repair(lying, target), target);
});

fuzz('records of any bytes give typed errors or sound updates', 10_000, (random) => {
  const target = sampleTarget();
  const [record] = sampleRecords([
    { url: 'https://example.org/x', content: { a: [1, 'b'] }, data: true },
  ]) as [Uint8Array];
  const body = random.chance(0.3) ? random.bytes(45 + random.below(100)) : flipped(record, random);
  const forged = random.chance(0.9) ? forgeSegment(body, target) : forgeCompressed(body, target);
  attempt(forged, target);
});

fuzz('compressed bodies of any bytes give typed errors', 5_000, (random) => {
  const target = sampleTarget();
  const frame = zstdCompressSync(random.bytes(20 + random.below(100)));
  const body = flipped(frame, random);
  attempt(forgeSegment(body, target, { compressed: true, plainLength: random.below(200) }), target);
});

test('bombs are refused with bounded memory', () => {
  const target = sampleTarget({ maxBytes: 4 * MiB });
  const huge = new Uint8Array(256 * MiB);
  const bomb = zstdCompressSync(huge);
  assert.ok(bomb.length < 64 * KiB);
  const bombs = [
    // Honest about its size: refused by the limit.
    forgeSegment(bomb, target, { compressed: true, plainLength: huge.length }),
    // Claims to be small: stopped when it has given what it claimed.
    forgeSegment(bomb, target, { compressed: true, plainLength: target.maxBytes }),
    forgeSegment(bomb, target, { compressed: true, plainLength: 100 }),
    // Claims to be as large as may be, and is empty.
    forgeSegment(zstdCompressSync(new Uint8Array()), target, {
      compressed: true,
      plainLength: target.maxBytes,
    }),
    // As many records as a header can count.
    forgeSegment(bomb, target, { compressed: true, count: 0xffff_ffff, plainLength: 0xffff_ffff }),
    forgeSegment(bomb, target, { count: 0xffff_ffff }),
  ];
  // Collected after every bomb, so that the peak is that of one bomb and not of how lazy the collector is.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const peak = () => process.resourceUsage().maxRSS * 1024;
  const used = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  collect();
  const before = { peak: peak(), used: used() };
  for (let round = 0; round < 5; round++) {
    for (const [number, stored] of bombs.entries()) {
      assert.equal(attempt(stored, target), undefined);
      collect();
      assert.ok(used() - before.used < 8 * MiB, `bomb ${number} leaves ${used() - before.used} bytes behind`);
    }
  }
  const grown = peak() - before.peak;
  assert.ok(grown < 64 * MiB, `memory grew by ${grown} bytes, the bombs are of ${huge.length}`);
});

test('what decodes is what was written', () => {
  for (const { target, stored, updates } of samples) {
    assert.equal(attempt(stored, target)?.header.count, updates.length);
    if (updates.length > 0) assert.equal(attempt(stored, target)?.header.firstTime, sampleTime);
  }
});

/** One to three bits, or a few bytes, changed for certain. */
function flipped(stored: Uint8Array, random: SeededRandom): Uint8Array {
  const changed = Uint8Array.from(stored);
  for (let i = 1 + random.below(3); i > 0; i--) {
    const at = random.below(changed.length);
    if (random.chance(0.7)) changed[at] = (changed[at] as number) ^ (1 << random.below(8));
    else changed.set(random.bytes(Math.min(4, changed.length - at)), at);
  }
  if (Buffer.compare(changed, stored) === 0) changed[0] = (changed[0] as number) ^ 0xff;
  return changed;
}

/** A place to which neither of the two segments belongs, when the other is put there whole. */
function targetUnlike(target: Sample['target'], other: Sample): Sample['target'] {
  return other.target.key === target.key
    ? { ...target, ...sampleTarget({ sequence: 99, keys: target.keys }) }
    : target;
}
