import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { it, type TestContext } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { openState } from '../../src/state/open-state.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const childFile = new URL('./advancing-child.ts', import.meta.url).pathname;

it('a process killed in the middle of its commits has lost none that it was told of', async (t) => {
  const directory = temporaryDirectory();
  let before = 0;
  for (const lines of [1, 7, 23]) {
    const child = startChild(t, directory, 'advance');
    const told = await lastLineAfter(child, lines);
    using state = open(directory, 'node');
    const [position] = state.positions('main');
    assert.ok(position && position.sequence >= told, `told of ${told}, found ${position?.sequence}`);
    assert.ok(told > before, 'the next process went on where the last one was');
    assert.equal(
      state.deadLetters().length,
      position.sequence,
      'a position and its dead letter are one commit',
    );
    before = position.sequence;
  }
});

it('a second node on a state directory learns the pid of the first, until that one dies', async (t) => {
  const directory = temporaryDirectory();
  const child = startChild(t, directory, 'hold');
  await once(createInterface(child.stdout!), 'line');
  assert.throws(() => open(directory, 'node'), {
    code: 'state-unusable',
    message: new RegExp(`^the state directory ${directory} is in use by process ${child.pid}$`),
    hint: /--state/,
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  open(directory, 'node').close();
});

it('a guest works beside a running node, and the node sees what it did', () => {
  const directory = temporaryDirectory();
  using node = open(directory, 'node');
  using guest = open(directory, 'guest');
  using second = open(directory, 'guest');
  assert.equal(guest.hostId, node.hostId);
  assert.equal(node.isOwnWriter('w'), false);
  guest.recordWriter('w', 1);
  assert.equal(node.isOwnWriter('w'), true);
  assert.equal(second.isOwnWriter('w'), true);
});

it('one process cannot be the node of a directory twice, and closing gives it free', () => {
  const directory = temporaryDirectory();
  const first = open(directory, 'node');
  assert.throws(() => open(directory, 'node'), {
    code: 'state-unusable',
    message: new RegExp(`process ${process.pid}$`),
  });
  assert.throws(
    () => open(directory, 'node'),
    { code: 'state-unusable' },
    'the refused attempt let go of nothing',
  );
  first.close();
  open(directory, 'node').close();
});

it('processes that begin one directory at the same moment agree on its host id', async (t) => {
  const directory = temporaryDirectory();
  const children = [1, 2, 3].map(() => startChild(t, directory, 'hold'));
  const said = await Promise.all(
    children.map((child) =>
      Promise.race([
        once(createInterface(child.stdout!), 'line'),
        once(child, 'exit').then(() => ['refused']),
      ]),
    ),
  );
  using guest = open(directory, 'guest');
  const lines = said.map(([line]) => line);
  assert.deepEqual(
    lines.toSorted((a, b) => a.localeCompare(b)),
    [`host ${guest.hostId}`, 'refused', 'refused'],
  );
});

function open(directory: string, role: 'node' | 'guest') {
  const state = openState({ directory, server: 'a', clock: systemClock, random: systemRandom, role });
  return Object.assign(state, { [Symbol.dispose]: () => state.close() });
}

function startChild(t: TestContext, directory: string, mode: string): ChildProcess {
  const child = spawn(process.execPath, [childFile, directory, mode], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** Kills the child once it has told of `lines` commits, and returns the last that it told of. */
async function lastLineAfter(child: ChildProcess, lines: number): Promise<number> {
  let last = 0;
  let seen = 0;
  for await (const line of createInterface(child.stdout!)) {
    if (line.startsWith('host ')) continue;
    last = Number(line);
    if (++seen === lines) child.kill('SIGKILL');
  }
  return last;
}
