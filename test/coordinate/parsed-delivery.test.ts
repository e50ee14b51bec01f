import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BucketcastError, PoisonError } from '../../src/base/errors.ts';
import type { Update } from '../../src/base/update.ts';
import { blame, newDelivery, pendingUpdates } from '../../src/coordinate/delivery-state.ts';
import type { LaneEntry } from '../../src/coordinate/lane-entries.ts';
import { parsedDelivery } from '../../src/coordinate/parsed-delivery.ts';
import { BrokenFeed } from '../../src/feeds/broken-feed.ts';
import { ParsedFeed } from '../../src/feeds/parsed-feed.ts';
import type { ParsedUpdate } from '../../src/feeds/parsed-update.ts';
import type { ParseResult } from '../../src/pool/feed-parser.ts';

const writer = `a~${'0'.repeat(16)}~${'0'.repeat(32)}`;

function update(sequence: number, content: Update['content'], kind: Update['kind'] = 'put'): Update {
  const url = `u${sequence}`;
  const place = { writer, server: 'a', lane: 0, sequence, index: 0, time: sequence };
  return { id: url, url, content, data: { n: sequence }, kind, hlc: '0', ...place };
}

/** Parses nothing: a content that says `bad` is broken, any other is a feed with it as its title. */
class Parser {
  readonly batches: string[][] = [];
  error: Error | undefined;

  async parse(updates: readonly Pick<Update, 'url' | 'content'>[]): Promise<ParseResult[]> {
    await Promise.resolve();
    this.batches.push(updates.map(({ url }) => url));
    if (this.error) throw this.error;
    return updates.map(({ content }) => {
      if (content === 'bad') return new BrokenFeed('malformed', 'it ends within <item>');
      const json = JSON.stringify({ feed: { format: 'rss', title: content }, entries: [] });
      return new ParsedFeed('rss', Buffer.from(json));
    });
  }
}

function rig(unparsed: 'raw' | 'dead-letter', then: (updates: readonly Update[]) => void = () => {}) {
  const parser = new Parser();
  const handed: (readonly Update[])[] = [];
  const acked: (Update | undefined)[] = [];
  let ack: (upTo?: Update) => void = () => {};
  const deliver = parsedDelivery(
    (updates, control) => {
      handed.push(updates);
      ack = control.ack;
      then(updates);
    },
    { parser, unparsed },
  );
  const control = { ack: (upTo?: Update) => acked.push(upTo), signal: new AbortController().signal };
  return {
    parser,
    handed,
    acked,
    ack: (upTo?: Update) => ack(upTo),
    deliver: async (updates: readonly Update[]) => await deliver(updates, control),
  };
}

const titles = (updates: readonly Update[] = []) =>
  updates.map(({ content }) => (content as { feed?: { title?: string } } | null)?.feed?.title ?? content);

describe('a delivery that parses', () => {
  it('hands on feeds as entries, everything else as it came, in order and by one call of the parser', async () => {
    const { parser, handed, deliver } = rig('raw');
    const updates = [
      update(0, 'a'),
      update(1, null),
      update(2, 'bad'),
      update(3, null, 'delete'),
      update(4, 'b'),
    ];
    await deliver(updates);
    assert.deepEqual(parser.batches, [['u0', 'u2', 'u4']]);
    assert.deepEqual(titles(handed[0]), ['a', null, 'bad', null, 'b']);
    assert.deepEqual(
      [1, 2, 3].map((index) => handed[0]![index] === updates[index]),
      [true, true, true],
    );
  });

  it('changes nothing of an update but its content', async () => {
    const { handed, deliver } = rig('raw');
    const one = update(7, 'a');
    await deliver([one]);
    const parsed = handed[0]![0] as ParsedUpdate;
    const content = { feed: { format: 'rss', title: 'a' }, entries: [] };
    assert.deepEqual(parsed.toJSON(), { ...one, content });
    for (const name of Object.keys(one) as (keyof Update)[])
      assert.deepEqual(parsed[name], name === 'content' ? content : one[name], name);
    assert.equal(parsed.original, one);
  });

  it('parses an update once, however often it is handed over', async () => {
    let failures = 2;
    const { parser, handed, deliver } = rig('raw', () => {
      if (failures-- > 0) throw new Error('sink in trouble');
    });
    const updates = [update(0, 'a'), update(1, 'bad')];
    await assert.rejects(deliver(updates), /sink in trouble/);
    await assert.rejects(deliver([updates[0]!]), /sink in trouble/);
    await deliver([...updates, update(2, 'b')]);
    assert.deepEqual(parser.batches, [['u0', 'u1'], ['u2']]);
    assert.equal(handed[0]![0], handed[2]![0]);
    await deliver([update(3, null)]);
    assert.equal(parser.batches.length, 2, 'nothing to parse');
  });

  it('makes dead letters of the broken one after the other, and then delivers the others in order', async () => {
    const { parser, handed, deliver } = rig('dead-letter');
    const contents = ['a', 'bad', 'b', 'bad', 'c'];
    const entries = contents.map((content, sequence): LaneEntry => {
      const after = { writer, lane: 0, sequence: sequence + 1, index: 0 };
      return { type: 'update', update: update(sequence, content), record: new Uint8Array(), after };
    });
    let delivery = newDelivery(entries);
    for (let round = 0; handed.length === 0; round++) {
      assert.ok(round <= 2);
      const error: unknown = await deliver(pendingUpdates(delivery)).catch((thrown: unknown) => thrown);
      if (error === undefined) continue;
      const verdict = blame(delivery, error);
      assert(verdict.type === 'again');
      delivery = verdict.delivery;
    }
    assert.deepEqual(handed.map(titles), [['a', 'b', 'c']]);
    assert.equal(parser.batches.length, 1);
    const reason = 'no feed that can be parsed (malformed): it ends within <item>';
    assert.deepEqual([...delivery.poisoned.values()], [reason, reason]);
    assert.deepEqual([...delivery.poisoned.keys()], [entries[1], entries[3]]);
  });

  it('passes acknowledgements on as those of the original updates', async () => {
    const { handed, acked, ack, deliver } = rig('raw');
    const updates = [update(0, 'a'), update(1, 'bad')];
    await deliver(updates);
    ack(handed[0]![0]);
    ack(handed[0]![1]);
    ack();
    assert.deepEqual(acked, [updates[0], updates[1], undefined]);
  });

  it('passes blame on as that of the original update', async () => {
    const { deliver } = rig('raw', ([first]) => {
      throw new PoisonError('it smells', { update: first!, hint: 'open a window' });
    });
    const one = update(0, 'a');
    await assert.rejects(deliver([one]), (error: PoisonError) => {
      assert.equal(error.update, one);
      assert.equal(error.message, 'it smells');
      assert.equal(error.hint, 'open a window');
      return true;
    });
  });

  it('blames nobody when threads cannot be had', async () => {
    const { parser, handed, deliver } = rig('dead-letter');
    parser.error = new BucketcastError('sink-unavailable', 'threads to parse feeds cannot be had');
    await assert.rejects(deliver([update(0, 'a')]), { code: 'sink-unavailable' });
    parser.error = undefined;
    await deliver([update(0, 'a')]);
    assert.equal(handed.length, 1);
  });
});
