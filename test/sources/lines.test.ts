import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type InputLine, inputLines } from '../../src/sources/input-lines.ts';
import { parseUpdateLine } from '../../src/sources/update-line.ts';

async function lines(chunks: readonly (string | Buffer)[], maxBytes = 100) {
  const stream = (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  })();
  const found: InputLine[] = [];
  for await (const line of inputLines(stream, maxBytes)) found.push(line);
  return found;
}

it('lines are put together over chunks, characters cut in half included', async () => {
  const bytes = Buffer.from('äöü\r\nb\n\nlast');
  const cut = Array.from(bytes, (byte) => Buffer.of(byte));
  const texts = (await lines(cut)).map(({ number, text }) => [number, text]);
  assert.deepEqual(texts, [
    [1, 'äöü'],
    [2, 'b'],
    [3, ''],
    [4, 'last'],
  ]);
  assert.deepEqual(await lines([]), []);
  assert.deepEqual(await lines(['a\n']), [{ number: 1, text: 'a' }]);
});

it('a line that is too long or no UTF-8 is told, and the next one is read', async () => {
  const found = await lines(['a'.repeat(60), 'a'.repeat(60), '\nok\n', Buffer.of(0xff, 0x0a), 'end'], 100);
  assert.deepEqual(found, [
    { number: 1, problem: 'longer than 100 bytes' },
    { number: 2, text: 'ok' },
    { number: 3, problem: 'not UTF-8' },
    { number: 4, text: 'end' },
  ]);
});

it('a line becomes an update', () => {
  assert.deepEqual(parseUpdateLine('{"url":"u"}'), { url: 'u', data: null, kind: 'put' });
  assert.deepEqual(parseUpdateLine('{"url":"u","content":{"base64":"aGk="},"data":[1]}'), {
    url: 'u',
    content: { base64: 'aGk=' },
    data: [1],
    kind: 'put',
  });
  const bytes = parseUpdateLine(
    '{"url":"u","content":"aGk=","encoding":"base64","id":"1","server":"s","time":"t"}',
  );
  assert.deepEqual(Buffer.from(bytes.content as Uint8Array).toString(), 'hi');
  assert.equal(parseUpdateLine('{"url":"u","kind":"delete"}').kind, 'delete');
});

it('a name that is no slip of a field costs no time, and no room in a log', () => {
  const name = 'x'.repeat(8_000_000);
  assert.throws(() => parseUpdateLine(JSON.stringify({ [name]: 1 })), {
    message: `unknown field "${'x'.repeat(100)}…"`,
  });
});

it('a bad line says what is wrong with it', () => {
  const bad: readonly (readonly [string, RegExp])[] = [
    ['{', /^no JSON \(/],
    ['[]', /expected an object/],
    ['null', /expected an object/],
    ['{}', /^url: expected a text/],
    ['{"url":7}', /^url: expected a text/],
    ['{"url":"u","conten":1}', /unknown field "conten"; did you mean "content"\?/],
    ['{"url":"u","kind":"post"}', /^kind: expected "put" or "delete"/],
    ['{"url":"u","content":"a","encoding":"gzip"}', /^encoding: expected "base64"/],
    ['{"url":"u","content":"a b","encoding":"base64"}', /^content: expected base64/],
    ['{"url":"u","content":1,"encoding":"base64"}', /^content: expected base64/],
    ['{"url":"u","encoding":"base64"}', /^content: expected base64/],
  ];
  for (const [text, told] of bad) assert.throws(() => parseUpdateLine(text), { message: told }, text);
});
