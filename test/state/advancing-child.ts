// Run as a process by tests: opens the state directory given and commits one position after the other,
// naming each on standard output once it is durable, until it is killed. With "hold" it only stays what it has become: the
// node of the directory, though nothing in it holds on to the state.
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { openState } from '../../src/state/open-state.ts';
import { sayLine } from '../support/say-line.ts';

const [directory = '', mode] = process.argv.slice(2);

if (mode === 'hold') {
  const { hostId } = open();
  await setImmediate();
  collectGarbage();
  sayLine(`host ${hostId}`);
  setInterval(() => {}, 1_000_000);
} else {
  const state = open();
  sayLine(`host ${state.hostId}`);
  if (!state.subscription('main')) state.createSubscription('main', 'earliest', [], 0);
  const lane = { writer: 'w', lane: 0 };
  for (let sequence = (state.positions('main')[0]?.sequence ?? 0) + 1; ; sequence++) {
    const key = `segment ${sequence}`;
    state.advance('main', {
      positions: [{ ...lane, sequence, index: 0 }],
      deadLetters: [
        {
          ...lane,
          subscription: 'main',
          reason: 'corrupt',
          message: '',
          sequence,
          endSequence: sequence + 1,
          key,
        },
      ],
    });
    sayLine(`${sequence}`);
  }
}

function open() {
  return openState({ directory, server: 'a', clock: systemClock, random: systemRandom, role: 'node' });
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}
