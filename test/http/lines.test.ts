import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { describe, it } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import { type Served, serve } from './http-rig.ts';

const ndjson = { headers: { 'content-type': 'application/x-ndjson' } };

interface Line {
  readonly line?: number;
  readonly id?: string;
  readonly error?: { readonly code: string; readonly status: number; readonly detail: string };
  readonly complete?: boolean;
  readonly lines?: number;
  readonly published?: number;
  readonly failed?: number;
}

const parsed = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

/** A request whose body is written by hand. */
function open({ server }: Served): ClientRequest {
  return request(`${server.url}/api/updates`, { method: 'POST', ...ndjson });
}

async function answerOf(sent: ClientRequest): Promise<IncomingMessage> {
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer;
}

describe('POST /api/updates with lines', () => {
  it('answers for each line in order, tells bad ones by their number, and publishes the others', async (t) => {
    const { node, post } = await serve(t);
    const body =
      '{"url":"a"}\r\n\n{"url":"b","kind":"post"}\nno json\n{"url":"c","__proto__":1}\n{"url":"d"}';
    const answer = await post('/api/updates', body, ndjson);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'application/x-ndjson; charset=utf-8');
    const lines = parsed(await answer.text());
    assert.deepEqual(
      lines.slice(0, -1).map(({ line, error }) => [line, error?.code]),
      [
        [1, undefined],
        [3, 'invalid-update'],
        [4, 'bad-request'],
        [5, 'bad-request'],
        [6, undefined],
      ],
    );
    assert.match(lines[1]?.error?.detail ?? '', /kind: expected "put" or "delete"/);
    assert.deepEqual(lines.at(-1), { complete: true, lines: 5, published: 2, failed: 3 });
    assert.deepEqual(
      node.published.map(({ update }) => update.url),
      ['a', 'd'],
    );
  });

  it('keeps the order of the lines whatever the order of the answers', async (t) => {
    const { node, post } = await serve(t);
    const store = new Map<string, () => void>();
    const all = Promise.withResolvers<void>();
    node.answer = async ({ url }, { id = '' }) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      store.set(url, resolve);
      if (store.size === 3) all.resolve();
      await promise;
      return { id, durable: 'spool' };
    };
    const asking = post('/api/updates', '{"url":"a"}\n{"url":"b"}\n{"url":"c"}\n', ndjson);
    await all.promise;
    for (const url of ['c', 'b', 'a']) store.get(url)?.();
    const lines = parsed(await (await asking).text());
    assert.deepEqual(
      lines.map(({ line }) => line),
      [1, 2, 3, undefined],
    );
  });

  it('with ?results=failed tells only of failures, and of the whole', async (t) => {
    const { post } = await serve(t);
    const answer = await post('/api/updates?results=failed', '{"url":"a"}\n{}\n{"url":"b"}\n', ndjson);
    const lines = parsed(await answer.text());
    assert.deepEqual([lines.length, lines[0]?.line, lines[1]?.published], [2, 2, 2]);
  });

  it('an empty body is complete, with nothing in it', async (t) => {
    const { post } = await serve(t);
    assert.deepEqual(parsed(await (await post('/api/updates', '\n \n', ndjson)).text()), [
      { complete: true, lines: 0, published: 0, failed: 0 },
    ]);
  });

  it('answers the first lines while the others are still to be sent', async (t) => {
    const served = await serve(t);
    const sent = open(served);
    sent.write('{"url":"a"}\n{"url"');
    const answer = await answerOf(sent);
    const [first] = (await once(answer, 'data')) as [Buffer];
    assert.equal(parsed(first.toString())[0]?.line, 1);
    sent.end(':"b"}\n');
    let text = '';
    for await (const chunk of answer) text += String(chunk);
    assert.equal(parsed(text).at(-1)?.published, 2);
  });

  it('a line that is too long is told, and the next one is published', async (t) => {
    const { node, post } = await serve(t, { maxBodyBytes: 1024 });
    const long = JSON.stringify({ url: 'long', content: 'x'.repeat(2000) });
    const lines = parsed(await (await post('/api/updates', `${long}\n{"url":"b"}\n`, ndjson)).text());
    assert.match(lines[0]?.error?.detail ?? '', /longer than 1024 bytes/);
    assert.equal(lines.at(-1)?.published, 1);
    assert.equal(node.published[0]?.update.url, 'b');
  });

  it('a store that is away stops it: 503 when nothing was published, else an answer that is not complete', async (t) => {
    const served = await serve(t);
    const { node, post } = served;
    const { answer } = node;
    const away = () => Promise.reject(new BucketcastError('store-unavailable', 'away'));
    node.answer = away;
    const none = await post('/api/updates', '{"url":"a"}\n{"url":"b"}\n', ndjson);
    assert.equal(none.status, 503);
    assert.equal(((await none.json()) as { code: string }).code, 'store-unavailable');

    node.answer = (update, options) => (update.url === 'b' ? away() : answer(update, options));
    const sent = open(served);
    sent.on('error', () => {});
    sent.write('{"url":"a"}\n{"url":"b"}\n');
    let text = '';
    for await (const chunk of await answerOf(sent)) text += String(chunk);
    const last = parsed(text).at(-1);
    assert.deepEqual([last?.complete, last?.published, last?.error?.code], [false, 1, 'store-unavailable']);
    assert.equal(
      node.published.some(({ update }) => update.url === 'c'),
      false,
    );
  });

  it('gives up lines that the bucket does not answer, and says that they are unknown', async (t) => {
    const { node, post } = await serve(t, {}, { timeouts: { publishMs: 20 } });
    const { answer } = node;
    node.answer = (update, options) =>
      update.url === 'a'
        ? answer(update, options)
        : new Promise((_, reject) => options.signal?.addEventListener('abort', reject));
    const lines = parsed(
      await (await post('/api/updates', '{"url":"a"}\n{"url":"b"}\n{"url":"c"}', ndjson)).text(),
    );
    assert.deepEqual(
      lines.map(({ error }) => error?.code),
      [undefined, 'unknown-outcome', 'unknown-outcome', 'unknown-outcome'],
    );
    assert.equal(lines.at(-1)?.complete, false);
  });

  it('a client that stops amid a line is answered 408 when the time is up', async (t) => {
    const served = await serve(t, {}, { timeouts: { bodyMs: 30 } });
    const sent = open(served);
    sent.on('error', () => {});
    sent.write('{"url":"a"');
    assert.equal((await answerOf(sent)).statusCode, 408);
    assert.equal(served.node.published.length, 0);
  });

  it('10,000 lines go through, with no more of them under way than the window holds', async (t) => {
    const { node, post } = await serve(t);
    const { answer } = node;
    let underWay = 0;
    let most = 0;
    node.answer = async (update, options) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return answer(update, options);
    };
    const content = 'x'.repeat(3 * 1024);
    async function* body() {
      for (let i = 0; i < 100; i++)
        yield Buffer.from(`${JSON.stringify({ url: `u${i}`, content })}\n`.repeat(100));
    }
    const stream = ReadableStream.from(body());
    const init = { ...ndjson, body: stream, duplex: 'half' } as const;
    const answered = await post('/api/updates?results=failed', '', init);
    assert.deepEqual(parsed(await answered.text()), [
      { complete: true, lines: 10_000, published: 10_000, failed: 0 },
    ]);
    assert.ok(most <= (16 * 1024 * 1024) / content.length, `${most} at once`);
  });

  it('reads no further while the bucket takes nothing', async (t) => {
    const served = await serve(t);
    const { node } = served;
    node.answer = () => new Promise(() => {});
    const line = `${JSON.stringify({ url: 'u', content: 'x'.repeat(256 * 1024) })}\n`;
    const sent = open(served);
    sent.on('error', () => {});
    const write = () => {
      while (sent.write(line));
    };
    sent.on('drain', write);
    write();
    const turns = async (done: (turn: number) => boolean) => {
      for (let turn = 0; !done(turn); turn++) await new Promise((resolve) => setImmediate(resolve));
    };
    await turns(() => node.published.length >= 63);
    await turns((turn) => turn > 500);
    assert.equal(node.published.length, 63, 'as many as fit into 16 MiB');
    assert.ok((sent.socket?.bytesWritten ?? 0) < 32 * 1024 * 1024, 'the rest is left to the client');
    sent.destroy();
  });
});
