import assert from 'node:assert/strict';
import { it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { encodeRecord } from '../../src/log/record.ts';
import { openState } from '../../src/state/open-state.ts';
import type { NewDeadLetter, State } from '../../src/state/state.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { command } from './command-line.ts';

const writer = `b~${'0'.repeat(16)}~${'1'.repeat(32)}`;
const place = { writer, lane: 0, subscription: 'pages', key: 'v1/log/…' };
const record = Buffer.from(
  encodeRecord(
    { url: 'https://example.com/1', content: Uint8Array.of(104, 105) },
    { id: 'ab'.repeat(16), hlc: 1n << 16n },
  ),
);
const poison: NewDeadLetter = {
  ...place,
  reason: 'poison',
  message: 'no such\u001b[31m page',
  sequence: 4,
  endSequence: 5,
  index: 2,
  url: 'https://example.com/1',
  bytes: record,
};
const gap: NewDeadLetter = {
  ...place,
  subscription: 'other',
  reason: 'missing',
  message: 'gone',
  sequence: 6,
  endSequence: 9,
};

/** A state directory with three dead letters, and the node that holds it still running. */
function withLetters(): { readonly words: string[]; readonly state: State } & Disposable {
  const directory = temporaryDirectory();
  const state = openState({ directory, server: 'a', clock: systemClock, random: systemRandom, role: 'node' });
  for (const name of ['pages', 'other']) state.createSubscription(name, 'earliest', [], 0);
  state.advance('pages', { deadLetters: [poison, poison] });
  state.advance('other', { deadLetters: [gap] });
  const words = ['--server', 'a', '--state', directory];
  return { words, state, [Symbol.dispose]: () => state.close() };
}

it('lists dead letters beside a running node, with nothing that a terminal would obey', async () => {
  using letters = withLetters();
  const { words } = letters;
  const { code, out } = await command(['dead-letters', 'list', ...words]);
  assert.equal(code, 0);
  const lines = out.trimEnd().split('\n');
  assert.equal(lines.length, 4);
  assert.match(lines[0] ?? '', /^id +when +subscription +reason +segments +url or key +message$/);
  assert.match(
    lines[1] ?? '',
    /^1 +20\S+Z +pages +poison +4 +https:\/\/example\.com\/1 +no such\\u001b\[31m page$/,
  );
  assert.match(lines[3] ?? '', /^3 +20\S+Z +other +missing +6–8 +gone$/);
  const json = await command(['dead-letters', 'list', '--json', '--subscription', 'other', ...words]);
  const [letter, ...more] = json.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: number; reason: string });
  assert.deepEqual([letter?.id, letter?.reason, more.length], [3, 'missing', 0]);
});

it('names an object of the objects layout by its URL where that is known, else by its key', async () => {
  using letters = withLetters();
  const { words, state } = letters;
  const object = { ...poison, writer: 'web1', sequence: 0, endSequence: 1, index: 0 };
  const key = 'feed-updates/web1/x.json';
  const { url: _, bytes: __, ...unread } = { ...object, reason: 'corrupt', message: 'no JSON', key } as const;
  state.advance('pages', { deadLetters: [object, unread] });
  const { out } = await command(['dead-letters', 'list', '--subscription', 'pages', ...words]);
  assert.match(out, /^4 +20\S+Z +pages +poison +https:\/\/example\.com\/1 /m);
  assert.match(out, /^5 +20\S+Z +pages +corrupt +feed-updates\/web1\/x\.json +no JSON$/m);
  const shown = await command(['dead-letters', 'show', '4', '--json', ...words]);
  const { update } = JSON.parse(shown.out) as { update: Record<string, unknown> };
  assert.deepEqual([update['url'], update['server']], ['https://example.com/1', 'web1']);
});

it('shows one with its update, and its bytes as they are', async () => {
  using letters = withLetters();
  const { words } = letters;
  const shown = await command(['dead-letters', 'show', '2', '--json', ...words]);
  const { update, keptBytes } = JSON.parse(shown.out) as {
    update: Record<string, unknown>;
    keptBytes: number;
  };
  assert.equal(keptBytes, record.length);
  assert.deepEqual(
    [update['url'], update['content'], update['encoding'], update['server']],
    ['https://example.com/1', 'aGk=', 'base64', 'b'],
  );
  const text = await command(['dead-letters', 'show', '2', ...words]);
  assert.match(text.out, /^reason +poison$/m);
  assert.match(text.out, /^update +\{"id":"abab/m);
  const none = await command(['dead-letters', 'show', '99', ...words]);
  assert.deepEqual([none.code, none.out], [1, '']);
  assert.match(none.err, /there is no dead letter 99/);
});

it('marks for replay what it is told to, and says which are not there', async () => {
  using letters = withLetters();
  const { words, state } = letters;
  const replayed = await command(['dead-letters', 'replay', '1', '77', ...words]);
  assert.equal(replayed.code, 4);
  assert.equal(replayed.out, '1 marked for replay\n');
  assert.match(replayed.err, /there is no dead letter 77/);
  assert.deepEqual(
    state.deadLetters({ replay: true }).map(({ id }) => id),
    [1],
  );
  assert.equal((await command(['dead-letters', 'replay', '77', ...words])).code, 1);
});

it('drops one, those of a subscription, or all', async () => {
  using letters = withLetters();
  const { words, state } = letters;
  assert.equal((await command(['dead-letters', 'drop', '1', ...words])).out, '1 dropped\n');
  assert.equal(
    (await command(['dead-letters', 'drop', '--all', '--subscription', 'pages', ...words])).out,
    '1 dropped\n',
  );
  assert.deepEqual(
    state.deadLetters().map(({ id }) => id),
    [3],
  );
  assert.equal((await command(['dead-letters', 'drop', '--all', ...words])).out, '1 dropped\n');
  assert.equal((await command(['dead-letters', 'list', ...words])).out, 'no dead letters\n');
});

it('begins no state directory where there is none', async () => {
  const { code, err } = await command(['dead-letters', 'list', '--state', `${temporaryDirectory()}/none`]);
  assert.equal(code, 1);
  assert.match(
    err,
    /there is no state directory .*\n {2}Name the one that the node uses: --state, or --server/,
  );
});
