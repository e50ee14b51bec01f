import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission } from '../../src/publish/admission.ts';

test('updates enter in the order of asking while there is room', () => {
  const admission = new Admission(10);
  const entered: string[] = [];
  admission.ask(6, () => entered.push('a'));
  admission.ask(6, () => entered.push('b'));
  admission.ask(1, () => entered.push('c'));
  assert.deepEqual([entered, admission.bytes, admission.waiting], [['a'], 6, 2]);
  admission.leave(6);
  assert.deepEqual([entered, admission.bytes, admission.waiting], [['a', 'b', 'c'], 7, 0]);
});

test('one that is larger than the limit goes in alone', () => {
  const admission = new Admission(10);
  const entered: string[] = [];
  admission.ask(50, () => entered.push('huge'));
  admission.ask(1, () => entered.push('next'));
  assert.deepEqual(entered, ['huge']);
  admission.leave(50);
  assert.deepEqual(entered, ['huge', 'next']);
});

test('a request that was taken back lets those behind it pass', () => {
  const admission = new Admission(10);
  const entered: string[] = [];
  admission.ask(5, () => entered.push('a'));
  const takeBack = admission.ask(8, () => entered.push('b'));
  admission.ask(5, () => entered.push('c'));
  takeBack();
  takeBack();
  assert.deepEqual([entered, admission.waiting], [['a', 'c'], 0]);
});

test('any number of waiting updates may be refused the moment they enter', () => {
  const admission = new Admission(1);
  let refused = 0;
  admission.ask(1, () => {});
  for (let n = 0; n < 100_000; n += 1) {
    admission.ask(1, () => {
      refused += 1;
      admission.leave(1);
    });
  }
  admission.leave(1);
  assert.deepEqual([refused, admission.waiting, admission.bytes], [100_000, 0, 0]);
});

test('one that is asked for while another enters comes after it, also when there is room for both', () => {
  const admission = new Admission(100);
  const order: string[] = [];
  admission.ask(1, () => {
    admission.ask(1, () => order.push('second'));
    order.push('first');
  });
  assert.deepEqual([order, admission.waiting, admission.bytes], [['first', 'second'], 0, 2]);
});

test('a failure to enter leaves the way free for others', () => {
  const admission = new Admission(100);
  assert.throws(() =>
    admission.ask(1, () => {
      throw new Error('no');
    }),
  );
  let entered = false;
  admission.ask(1, () => {
    entered = true;
  });
  assert.ok(entered);
});
