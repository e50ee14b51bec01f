import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { command, workplace } from './command-line.ts';

interface Line {
  readonly id: string;
  readonly url: string;
  readonly content: unknown;
  readonly encoding?: string;
  readonly data: unknown;
  readonly server: string;
  readonly time: string;
  readonly kind: string;
}

async function tail(words: readonly string[]): Promise<Line[]> {
  const { code, out, err } = await command(['tail', '--exit-when-idle', ...words]);
  assert.deepEqual({ code, err }, { code: 0, err: '' });
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

it('a file comes out byte for byte, and metadata as it was', async () => {
  const { words, directory } = workplace();
  const bytes = randomBytes(100_000);
  writeFileSync(join(directory, 'file'), bytes);
  const published = await command([
    'publish',
    'u',
    '--content',
    join(directory, 'file'),
    '--data',
    '{"a":[1]}',
    '--json',
    ...words,
  ]);
  assert.equal(published.code, 0, published.err);
  const { id, durable, sequence } = JSON.parse(published.out) as {
    id: string;
    durable: string;
    sequence: number;
  };
  assert.deepEqual([durable, sequence], ['bucket', 0]);
  const [line, ...more] = await tail(words);
  assert.equal(more.length, 0);
  assert.deepEqual(Object.keys(line ?? {}), [
    'id',
    'url',
    'content',
    'encoding',
    'data',
    'server',
    'time',
    'kind',
    'hlc',
    'writer',
  ]);
  assert.deepEqual(
    [line?.id, line?.url, line?.encoding, line?.data, line?.server, line?.kind],
    [id, 'u', 'base64', { a: [1] }, 'a', 'put'],
  );
  assert.ok(Buffer.from(line?.content as string, 'base64').equals(bytes));
  assert.ok(Math.abs(Date.parse(line?.time ?? '') - Date.now()) < 60_000);
});

it('JSON content, content from standard input, and deletions', async () => {
  const { words } = workplace();
  await command(['publish', 'json', '--content-json', '-', ...words], { input: '{"base64":"aGk="}' });
  await command(['publish', 'bytes', '--content', '-', ...words], { input: 'hi' });
  const gone = await command(['publish', 'gone', '--delete', ...words]);
  assert.match(gone.out, /^published gone\n {2}durable in the bucket as [0-9a-f]{32} /);
  const lines = new Map((await tail(words)).map((line) => [line.url, line]));
  assert.deepEqual(lines.get('json')?.content, { base64: 'aGk=' });
  assert.equal(lines.get('json')?.encoding, undefined);
  assert.deepEqual([lines.get('bytes')?.content, lines.get('bytes')?.encoding], ['aGk=', 'base64']);
  assert.deepEqual([lines.get('gone')?.kind, lines.get('gone')?.content], ['delete', null]);
});

it('bad lines are told by number, the good ones go, and the code is 4', async () => {
  const { words } = workplace();
  const input = [
    '{"url":"a","content":1}',
    '{oops',
    '',
    '{"url":"b","data":null}',
    '{"url":""}',
    '{"url":"c"}',
  ].join('\n');
  const { code, out, err } = await command(['publish', '--ndjson', '-', ...words], { input });
  assert.equal(code, 4);
  assert.equal(out, '3 published and durable in the bucket, 2 not\n');
  assert.match(
    err,
    /^bucketcast: line 2: no JSON .*\nbucketcast: line 5: url: expected a text that is not empty\n$/,
  );
  assert.deepEqual(
    (await tail(words)).map(({ url }) => url),
    ['a', 'b', 'c'],
  );
});

it('with --json every published line is told with its number', async () => {
  const { words } = workplace();
  const { code, out } = await command(['publish', '--ndjson', '-', '--json', ...words], {
    input: '{"url":"a"}\n{"url":"b"}\n',
  });
  assert.equal(code, 0);
  const told = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    told.map(({ line, url, durable }) => [line, url, durable]),
    [
      [1, 'a', 'bucket'],
      [2, 'b', 'bucket'],
    ],
  );
});

it('when no line is good the code is 1, and an update too large is told as such', async () => {
  const { words } = workplace();
  const bad = await command(['publish', '--ndjson', '-', ...words], { input: 'x\ny\n' });
  assert.deepEqual([bad.code, bad.out], [1, '0 published and durable in the bucket, 2 not\n']);
  const environment = { BUCKETCAST_PUBLISH_MAX_UPDATE_BYTES: '1KiB' };
  const large = await command(['publish', 'u', '--content', '-', ...words], {
    input: 'x'.repeat(2000),
    environment,
  });
  assert.equal(large.code, 1);
  assert.match(large.err, /^bucketcast: .*1024/);
});

it('what tail prints can be published as it is', async () => {
  const from = workplace();
  const to = workplace('b');
  await command(['publish', 'u', '--content', '-', '--data', '1', ...from.words], {
    input: Buffer.from([0, 255, 10]),
  });
  await command(['publish', 'v', '--content-json', '-', ...from.words], { input: '"text"' });
  const { out } = await command(['tail', '--exit-when-idle', ...from.words]);
  assert.equal((await command(['publish', '--ndjson', '-', ...to.words], { input: out })).code, 0);
  const essence = ({ url, content, encoding, data, kind }: Line) => ({ url, content, encoding, data, kind });
  const byUrl = (a: Line, b: Line) => (a.url < b.url ? -1 : 1);
  assert.deepEqual(
    (await tail(to.words)).toSorted(byUrl).map(essence),
    (await tail(from.words)).toSorted(byUrl).map(essence),
  );
});

it('a named subscription goes on where it left off; without a name nothing is remembered', async () => {
  const { words, at } = workplace();
  const reader = at('b');
  await command(['publish', 'first', ...words]);
  const named = async () => (await tail(['--subscription', 'x', ...reader])).map(({ url }) => url);
  assert.deepEqual(await named(), ['first']);
  await command(['publish', 'second', ...words]);
  assert.deepEqual(await named(), ['second']);
  assert.deepEqual(await named(), []);
  assert.equal((await tail(reader)).length, 2);
  assert.equal((await tail(['--from', 'latest', ...reader])).length, 0);
});

it('--no-own leaves out what this server published itself', async () => {
  const { words, at } = workplace();
  await command(['publish', 'ours', ...words]);
  await command(['publish', 'theirs', ...at('b')]);
  const seen = await tail(['--subscription', 'x', '--no-own', ...words]);
  assert.deepEqual(
    seen.map(({ url }) => url),
    ['theirs'],
  );
});
