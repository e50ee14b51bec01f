import { encodeHint, type Hint, parseHint, signHint } from '../../src/hints/hint.ts';
import type { Heard } from '../../src/hints/hint-transport.ts';
import { noKeys } from '../../src/log/fleet-keys.ts';
import { segmentKey } from '../../src/log/keys.ts';
import { encodeRecord } from '../../src/log/record.ts';
import { encodeSegment } from '../../src/log/segment-codec.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { flipBit } from './sim-store.ts';

interface Forged {
  /** How it was made, for counting. */
  readonly what: string;
  readonly heard: Heard;
}

type Forger = (hint: Hint, other: Hint, random: SeededRandom) => Hint | Promise<Hint>;

/** From two that were said once. None of them knows a key of the fleet. */
const forgers: Readonly<Record<string, Forger>> = {
  replayed: (hint) => hint,
  'of another fleet': (hint) => ({ ...hint, fleetId: 'e'.repeat(32) }),
  'raised, unsigned': (hint, _, random) => without(raised(hint, random)),
  'raised under the old signature': (hint, _, random) => raised(hint, random),
  'raised under a wrong key': (hint, _, random) => {
    const id = hint.mac?.split('-')[0] ?? 'newer';
    const wrong = { id, secret: random.bytes(32) };
    return signHint(raised(hint, random), {
      fleetId: hint.fleetId,
      keys: { ring: [wrong], active: id, required: true },
    });
  },
  'trimmed, unsigned': (hint) =>
    without({ ...hint, lanes: hint.lanes.map(({ next }) => ({ next, oldest: next })) }),
  'lowered, unsigned': (hint) => without({ ...hint, lanes: hint.lanes.map(() => ({ next: 0, oldest: 0 })) }),
  'signed by another writer': (hint, other) => ({ ...hint, writer: other.writer }),
  'with an altered segment': (hint, _, random) => {
    const bytes = hint.segment?.bytes.slice() ?? random.bytes(200);
    flipBit(bytes, random);
    return { ...hint, segment: { ...placed(hint), bytes } };
  },
  'with a segment of another place': (hint, other, random) => ({
    ...hint,
    segment: { ...placed(hint), bytes: other.segment?.bytes ?? random.bytes(200) },
  }),
  'with a segment that nobody sealed': async (hint, _, random) => {
    const bytes = await plainSegment(hint, random);
    return { ...hint, segment: { ...placed(hint), bytes } };
  },
  'with a segment of random bytes': (hint, _, random) => ({
    ...hint,
    segment: { ...placed(hint), bytes: random.bytes(1 + random.below(300)) },
  }),
};

/** Something that looks like what a publisher, or the store, says. */
export async function forgeHint(said: readonly Uint8Array[], random: SeededRandom): Promise<Forged> {
  const last = random.chance(0.5) ? said.slice(-1) : said;
  const [hint, other] = [last, said].map((some) => some.length > 0 && parseHint(random.pick(some)));
  if (!hint || !other || random.chance(0.1))
    return { what: 'at random', heard: { type: 'hint', bytes: random.bytes(random.below(400)) } };
  if (random.chance(0.1)) {
    const { lane, sequence } = placed(hint);
    const keys = [segmentKey({ writer: hint.writer, lane }, sequence + random.below(100)), 'v1/tips/', 'x'];
    return { what: 'as the store', heard: { type: 'written', keys: [random.pick(keys)] } };
  }
  const what = random.pick(Object.keys(forgers));
  const bytes = encodeHint(await (forgers[what] as Forger)(hint, other, random)).slice();
  if (random.chance(0.1)) flipBit(bytes, random);
  return { what, heard: { type: 'hint', bytes } };
}

function raised(hint: Hint, random: SeededRandom): Hint {
  const by = random.pick([1, 3, 100_000]);
  return { ...hint, lanes: hint.lanes.map(({ next, oldest }) => ({ next: next + by, oldest })) };
}

function without({ mac: _, ...hint }: Hint): Hint {
  return hint;
}

/** Where its segment stands; of one without, the last that it tells of. */
function placed({ segment, lanes }: Hint): { readonly lane: number; readonly sequence: number } {
  if (segment) return { lane: segment.lane, sequence: segment.sequence };
  const lane = Math.max(
    0,
    lanes.findIndex(({ next }) => next > 0),
  );
  return { lane, sequence: Math.max(0, (lanes[lane]?.next ?? 0) - 1) };
}

/** Right in all but that it says what nobody published, and has no seal. */
function plainSegment(hint: Hint, random: SeededRandom): Promise<Uint8Array> {
  const { writer, fleetId } = hint;
  const { lane, sequence } = placed(hint);
  const stamp = { id: Buffer.from(random.bytes(16)).toString('hex'), hlc: 0n };
  const content = { token: 'forged', poison: false };
  const record = encodeRecord({ url: 'https://example.com/0', content, data: { token: 'forged' } }, stamp);
  const key = segmentKey({ writer, lane }, sequence);
  const place = { key, lane, sequence, fleetId, writer, random, keys: noKeys, records: [record] };
  return encodeSegment({ ...place, compressFromBytes: 4096 });
}
