import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InlineSegments } from '../../src/hints/inline-segments.ts';
import { FakeClock } from '../support/fake-clock.ts';

describe('segments that came inside hints', () => {
  it('are kept within their bytes, the newest longest, and copied out of what brought them', () => {
    const inline = new InlineSegments({ maxBytes: 10, maxAgeMs: 1000 }, new FakeClock());
    const message = Buffer.from('header|one1');
    inline.keep('one', message.subarray(7));
    message.fill(0);
    assert.equal(Buffer.from(inline.get('one') ?? []).toString(), 'one1');
    inline.keep('two', Buffer.alloc(4));
    inline.keep('three', Buffer.alloc(4));
    assert.deepEqual([inline.get('one'), inline.bytes], [undefined, 8]);
    inline.keep('large', Buffer.alloc(11));
    assert.deepEqual([inline.get('large'), inline.bytes], [undefined, 8]);
  });

  it('are forgotten when they are old or dropped, and another with the same key changes nothing', async () => {
    const clock = new FakeClock();
    const inline = new InlineSegments({ maxBytes: 10, maxAgeMs: 1000 }, clock);
    inline.keep('one', Buffer.from('a'));
    inline.keep('one', Buffer.from('b'));
    assert.equal(Buffer.from(inline.get('one') ?? []).toString(), 'a');
    await clock.advance(600);
    inline.keep('two', Buffer.from('c'));
    await clock.advance(600);
    assert.deepEqual([inline.get('one'), inline.bytes], [undefined, 1]);
    inline.drop('two');
    inline.drop('two');
    assert.deepEqual([inline.get('two'), inline.bytes], [undefined, 0]);
  });

  it('make room at once for a smaller bound', () => {
    const inline = new InlineSegments({ maxBytes: 10, maxAgeMs: 1000 }, new FakeClock());
    for (const key of ['one', 'two', 'three']) inline.keep(key, Buffer.alloc(3));
    inline.limit(6);
    assert.deepEqual([inline.bytes, inline.get('one')], [6, undefined]);
  });
});
