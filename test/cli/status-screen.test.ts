import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { it } from 'node:test';
import { Interruption } from '../../src/cli/exit-code.ts';
import { Output } from '../../src/cli/output.ts';
import { statusScreen } from '../../src/cli/status-screen.ts';
import { watchScreen } from '../../src/cli/watch-screen.ts';
import { buildStatus } from '../../src/status/build-status.ts';
import { healthyNode, joiningNode, reading, subscription } from '../status/healthy-node.ts';

const plain = { width: 80, color: false };

class Terminal extends Writable {
  readonly isTTY = true;
  readonly columns = 80;
  readonly rows = 12;
  text = '';
  /** Called with everything written so far. */
  onText: (text: string) => void = () => {};

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
    this.onText(this.text);
  }
}

function sessionOn(terminal: Terminal, signal: AbortSignal) {
  return {
    environment: {},
    hostname: 'h',
    input: Readable.from([]),
    output: new Output(terminal),
    errors: new Terminal(),
    signal,
    onHangUp() {},
  };
}

it('says how often the node sends heartbeats, when the bucket took the last, and how many others it hears', () => {
  const heartbeat = { intervalMs: 60_000, beats: 3, agoMs: 5000, hosts: 2, alarms: [] };
  const screen = statusScreen(buildStatus(healthyNode({ heartbeat })), plain);
  assert.match(screen, /^heartbeats +every 1 min, the last 5 s ago; 2 other hosts heard of$/m);
  assert.doesNotMatch(statusScreen(buildStatus(healthyNode()), plain), /^heartbeats/m);
});

it('says in its first line how many problems there are, and how bad they are', () => {
  const first = (status: ReturnType<typeof buildStatus>) => statusScreen(status, plain).split('\n')[0];
  assert.match(first(buildStatus(healthyNode())) ?? '', /^web-1: all is well /);
  const letters = { deadLetters: { count: 1, byReason: { poison: 1 }, bySubscription: { pages: 1 } } };
  assert.match(first(buildStatus(healthyNode(letters))) ?? '', /^web-1: 1 problem {2}/);
  const skewed = { ...letters, reading: reading({ skewMs: 60_000 }) };
  assert.match(first(buildStatus(healthyNode(skewed))) ?? '', /^web-1: 2 problems, 1 critical {2}/);
  assert.match(first(buildStatus(joiningNode())) ?? '', /joining, up 10 h/);
});

it('fits 80 columns, and puts the advice under its problem', () => {
  const long = `v1/log/00/${'w'.repeat(30)}/0/7`;
  const screen = statusScreen(
    buildStatus(
      healthyNode({
        deadLetters: { count: 3, byReason: { poison: 3 }, bySubscription: { pages: 3 } },
        reading: reading({
          subscriptions: [
            subscription({
              lag: 3,
              lagUpdates: { count: 1200, exact: false },
              lagSeconds: 200,
              waiting: { reason: 'store', forMs: 9000, key: long, lanes: 1, tries: 3, retryInMs: 500 },
              slowest: [
                { writer: 'web-2~a~b', lane: 0, position: 7, next: 10, seconds: 200, trouble: 'store' },
              ],
            }),
          ],
        }),
      }),
    ),
    plain,
  );
  assert.deepEqual(
    screen.split('\n').filter((line) => line.length > 80),
    [],
  );
  assert.match(
    screen,
    /^warning {2}dead-letters\n {2}3 dead letters .*\n {2}-> `bucketcast dead-letters list`/m,
  );
  assert.match(screen, /^pages +running +~1,200 +3 min 20 s/m);
  assert.match(screen, /^pages +7 of 10 +3 min 20 s +store +web-2~a~b\/0$/m);
});

it('leaves no gap where there is nothing to list yet', () => {
  assert.doesNotMatch(statusScreen(buildStatus(joiningNode()), plain), /\n\n$|\n\n\n/);
});

it('shows what anybody could have written into the bucket as text, never as a command to the terminal', () => {
  const server = {
    server: 'evil\u001B[2J',
    hosts: 1,
    hostIds: [],
    writers: 1,
    parkedWriters: 0,
    lanes: 1,
    ours: false,
    lastNewsAt: 0,
  };
  const error = new Error('boom\u001B]0;title\u0007');
  const screen = statusScreen(
    buildStatus(
      healthyNode({ reading: reading({ servers: [server], serversTotal: 1, poll: { error, failures: 1 } }) }),
    ),
    plain,
  );
  assert.ok(!screen.includes('\u001B'));
  assert.match(screen, /evil\\u001b\[2J/);
});

it('--watch draws in place on a terminal, and gives it back as it was when it is interrupted', async () => {
  const stop = new AbortController();
  const terminal = new Terminal();
  let asked = 0;
  const watching = watchScreen(sessionOn(terminal, stop.signal), {
    everyMs: 1,
    json: false,
    ask: async () => {
      asked += 1;
      if (asked === 2) throw new Error('the node is restarting');
      if (asked === 4) stop.abort(new Interruption('SIGINT', 130));
      return buildStatus(healthyNode());
    },
    screen: (status) => statusScreen(status, plain),
  });
  await assert.rejects(watching, Interruption);
  const { text } = terminal;
  assert.ok(text.startsWith('\u001B[?1049h\u001B[?25l\u001B[H'), 'another screen, no cursor, from its top');
  assert.ok(text.endsWith('\u001B[?25h\u001B[?1049l'), 'the cursor and the first screen are back');
  assert.match(text, /the node is restarting/);
  const [, first = ''] = text.split('\u001B[H');
  assert.equal(first.split('\n').length - 1, terminal.rows - 1, 'one screen, no more');
  assert.match(first, /… \d+ more lines/);
});

it('says which keys are in use, where there are any', () => {
  const keys = { active: 'k2', readable: ['k1', 'k2'], required: true };
  const keysSeen = [
    { keyId: 'k2', writers: 3, batches: 0 },
    { keyId: 'k1', writers: 1, batches: 2 },
    { keyId: null, writers: 1, batches: 0 },
  ];
  const shown = statusScreen(buildStatus(healthyNode({ keys, reading: reading({ keysSeen }) })), plain);
  const line =
    'keys writing with k2, reading k1 as well; in use: k2 by 3 writers, k1 by 1 writer and 2 batches, none by 1 writer';
  assert.ok(shown.replace(/\s+/g, ' ').includes(line), shown);
  assert.doesNotMatch(statusScreen(buildStatus(healthyNode()), plain), /^keys/m);
});
