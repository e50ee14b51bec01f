import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINUTE } from '../../src/config/units.ts';
import { readAnswer } from '../../src/sinks/command-answer.ts';
import { LineSplitter } from '../../src/sinks/line-splitter.ts';
import { ProgramWords } from '../../src/sinks/program-words.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { CommandRig, sh, troubleOf } from './command-rig.ts';
import { sinkUpdate } from './sink-updates.ts';

test('lines come whole out of pieces cut anywhere, and long ones cut', () => {
  const splitter = new LineSplitter(5);
  const pieces = ['on', 'e\ntwo\r\n', '\nthree', '!\n', 'longer than that\nlast'];
  const lines = pieces.flatMap((piece) => splitter.push(piece));
  assert.deepEqual(
    [...lines, ...splitter.end()].map(({ text, cut }) => (cut ? `${text}…` : text)),
    ['one', 'two', '', 'three…', 'longe…', 'last'],
  );
  assert.deepEqual(splitter.end(), []);
});

test('any line takes an update, but one with an error', () => {
  const read = (text: string) => readAnswer({ text, cut: false });
  for (const text of ['', 'ok', '1', '{"ok":true}', '{"error":null}', '{"error":false}', '[]', '"error"'])
    assert.deepEqual(read(text), { type: 'taken' }, text);
  assert.deepEqual(read(' {"error": "no"}'), { type: 'poison', reason: 'no' });
  assert.deepEqual(read('{"error": ""}'), { type: 'poison', reason: '' });
  assert.deepEqual(read('{"error": [1]}'), { type: 'poison', reason: '[1]' });
  for (const text of [
    '{"error"',
    '{"error": "a\ttab"}',
    "{'error': 'no'}",
    `{"error":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
  ])
    assert.deepEqual(read(`${text} `), { type: 'poison', reason: text });
  assert.deepEqual(read('{"__proto__": {"error": "no"}}'), { type: 'taken' });
  assert.deepEqual(readAnswer({ text: '{"error": "aa', cut: true }), { type: 'unclear' });
});

test('what a command says is logged with its subscription, without secrets, and on one line each', async () => {
  const script =
    'printf "token \\033[31m%s at https://u:pw@h.example/?token=abc\\n" "$TOKEN" >&2; printf "no newline" >&2; exit 1';
  const rig = new CommandRig({ ...sh(script), environment: { TOKEN: 'hunter2', SHORT: 'e' } });
  const error = await troubleOf(rig.deliver(sinkUpdate()));
  const line = 'token  [31m*** at https://***@h.example/?token=***';
  assert.deepEqual(rig.logged, [
    { facts: { subscription: 'test', program: 'sh', line }, message: 'the command says' },
    { facts: { subscription: 'test', program: 'sh', line: 'no newline' }, message: 'the command says' },
  ]);
  assert.equal(error.details['stderr'], `${line}\nno newline`);
});

test('a secret is not told in part, where a line is cut or breaks off, nor line by line', async () => {
  const key = 'first half of a key\nsecond half of a key';
  const script =
    'head -c 490 /dev/zero | tr "\\0" x >&2; printf "%s\\n%s\\n" "$TOKEN" "$KEY" >&2; printf "https://u:p@h.example https://u:pw@h.example %.12s" "$TOKEN" >&2; exit 1';
  const rig = new CommandRig({ ...sh(script), environment: { TOKEN: 'hunter-of-secrets', KEY: key } });
  const error = await troubleOf(rig.deliver(sinkUpdate()));
  const said = `${'x'.repeat(490)}***…\n***\n***\nhttps://***@h.example https://***@h.example ***`;
  assert.equal(error.details['stderr'], said);
  assert.doesNotMatch(JSON.stringify(rig.logged), /hunt|half/);
});

test('a command that talks without end fills neither log nor memory nor error', async () => {
  const script =
    'head -c 1000000 /dev/zero | tr "\\0" x >&2; echo >&2; i=0; while [ $i -lt 500 ]; do echo "line $i" >&2; i=$((i+1)); done; exit 1';
  const rig = new CommandRig(sh(script));
  const error = await troubleOf(rig.deliver(sinkUpdate()));
  assert.equal(rig.logged.length, 60);
  assert.ok(JSON.stringify(rig.logged).length < 20_000);
  assert.equal(error.details['stderr'], [495, 496, 497, 498, 499].map((n) => `line ${n}`).join('\n'));
  assert.match(error.message, /: line 499$/);
});

test('what was not logged is counted, and a new minute is a new one', async () => {
  const clock = new FakeClock();
  const logged: [object, string][] = [];
  const info = (facts: object, message: string) => void logged.push([facts, message]);
  const words = new ProgramWords({ debug: info, info, warn: info, error: info }, clock, { program: 'p' });
  for (let n = 0; n < 70; n += 1) words.say(() => `${n}`);
  assert.equal(logged.length, 60);
  await clock.advance(MINUTE);
  words.say(() => 'again');
  assert.deepEqual(logged.slice(60), [
    [{ program: 'p', lines: 10 }, 'the command said more than was logged'],
    [{ program: 'p', line: 'again' }, 'the command says'],
  ]);
});
