import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import type { Update } from '../../src/base/update.ts';
import { StdoutSink } from '../../src/sinks/stdout-sink.ts';
import { updateLine } from '../../src/sinks/update-line.ts';

function update(index: number, fields: Partial<Update> = {}): Update {
  return {
    id: String(index).padStart(32, '0'),
    url: `https://example.com/${index}`,
    content: { entries: [index] },
    data: null,
    kind: 'put',
    server: 'a',
    time: Date.UTC(2026, 0, 31, 12),
    hlc: '0'.repeat(16),
    writer: 'w',
    lane: 0,
    sequence: 0,
    index,
    ...fields,
  };
}

function control() {
  const acknowledged: number[] = [];
  return {
    acknowledged,
    ack: ({ index }: Update) => acknowledged.push(index),
    signal: new AbortController().signal,
  };
}

class Collector extends Writable {
  text = '';
  readonly #held: (() => void)[] = [];
  hold = false;

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.text += chunk.toString();
    if (this.hold) this.#held.push(done);
    else done();
  }

  release(): void {
    this.hold = false;
    for (const done of this.#held.splice(0)) done();
  }
}

test('an update is one JSON object on a line, with its time in ISO 8601', async () => {
  const stream = new Collector();
  await new StdoutSink(stream).deliver([update(1), update(2, { kind: 'delete', content: null })], control());
  assert.equal(
    stream.text,
    '{"id":"00000000000000000000000000000001","url":"https://example.com/1","content":{"entries":[1]},"data":null,' +
      '"server":"a","time":"2026-01-31T12:00:00.000Z","kind":"put","hlc":"0000000000000000","writer":"w"}\n' +
      '{"id":"00000000000000000000000000000002","url":"https://example.com/2","content":null,"data":null,' +
      '"server":"a","time":"2026-01-31T12:00:00.000Z","kind":"delete","hlc":"0000000000000000","writer":"w"}\n',
  );
});

test('bytes and a string of the same text are told apart', () => {
  const bytes = JSON.parse(updateLine(update(1, { content: Buffer.from('hi') }))) as object;
  const text = JSON.parse(updateLine(update(1, { content: 'aGk=' }))) as object;
  assert.deepEqual({ ...bytes, encoding: undefined }, { ...text, encoding: undefined });
  assert.equal('encoding' in bytes, true);
  assert.equal('encoding' in text, false);
});

test('a delivery ends only when the stream has taken its lines', async () => {
  const stream = new Collector();
  stream.hold = true;
  const sent = control();
  let ended = false;
  const delivery = new StdoutSink(stream).deliver([update(1)], sent).then(() => {
    ended = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([ended, sent.acknowledged], [false, []]);
  stream.release();
  await delivery;
  assert.deepEqual(sent.acknowledged, [1]);
});

test('a large batch is acknowledged in parts, as it is written', async () => {
  const content = 'x'.repeat(200 * 1024);
  const sent = control();
  await new StdoutSink(new Collector()).deliver(
    [1, 2, 3, 4, 5].map((index) => update(index, { content })),
    sent,
  );
  assert.deepEqual(sent.acknowledged, [2, 4, 5]);
});

test('a reader that went away is a distinct ending, and nothing is acknowledged any more', async () => {
  const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(gone) });
  const sink = new StdoutSink(stream);
  const sent = control();
  await assert.rejects(sink.deliver([update(1)], sent), { code: 'closed' });
  assert.deepEqual(await sink.ended, { type: 'reader-gone' });
  await assert.rejects(sink.deliver([update(1)], sent), { code: 'closed' });
  assert.deepEqual(sent.acknowledged, []);
  await sink.close();
});

test('a stream that fails otherwise says how', async () => {
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  const sink = new StdoutSink(new Writable({ write: (_chunk, _encoding, done) => done(full) }));
  await assert.rejects(sink.deliver([update(1)], control()), { message: 'the stream failed' });
  assert.deepEqual(await sink.ended, { type: 'failed', error: full });
});

test('an unreadable update leaves nothing of its batch written', async () => {
  const stream = new Collector();
  const unreadable = Object.defineProperty(update(2), 'content', {
    get() {
      throw new BucketcastError('corrupt', 'not JSON');
    },
  });
  await assert.rejects(new StdoutSink(stream).deliver([update(1), unreadable], control()), {
    code: 'corrupt',
  });
  assert.equal(stream.text, '');
});
