import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DAY, HOUR } from '../../src/config/units.ts';
import { AnswerTable } from '../../src/state/answer-table.ts';
import type { Answers } from '../../src/state/answers.ts';
import { openState } from '../../src/state/open-state.ts';
import { migrate } from '../../src/state/schema.ts';
import { StateDatabase } from '../../src/state/state-database.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

function table(maxBytes = 1e6) {
  const database = new StateDatabase(':memory:');
  migrate(database);
  const clock = { time: 1e12, now: () => clock.time };
  const rows = () => Number(database.get('SELECT count(*) AS n FROM answers')?.['n']);
  return { clock, rows, answers: new AnswerTable({ hostId: 'h', database, clock }, { maxBytes }) };
}

function answer(answers: Answers, key: string, text = 'done'): void {
  answers.begin(key, `print of ${key}`);
  answers.finish(key, text);
}

describe('answers', () => {
  it('a key is new once, then under way, then answered', () => {
    const { answers } = table();
    assert.equal(answers.begin('k', 'f'), undefined);
    assert.deepEqual({ ...answers.begin('k', 'other') }.fingerprint, 'f');
    assert.equal(answers.begin('k', 'f')?.answer, undefined);
    answers.finish('k', 'done');
    assert.equal(answers.begin('k', 'f')?.answer, 'done');
    assert.equal(answers.begin('K', 'f'), undefined, 'case counts');
  });

  it('a key that came to nothing is free again', () => {
    const { answers, rows } = table();
    answers.begin('k', 'f');
    answers.forget('k');
    answers.forget('k');
    assert.equal(rows(), 0);
    assert.equal(answers.begin('k', 'g'), undefined);
  });

  it('an answer is kept for a day', () => {
    const { answers, clock, rows } = table();
    answer(answers, 'k');
    clock.time += DAY - 1;
    assert.equal(answers.begin('k', 'f')?.answer, 'done');
    clock.time += 1;
    assert.equal(answers.begin('k', 'f'), undefined);
    assert.equal(answers.begin('k', 'f')?.answer, undefined, 'it begins anew');
    assert.equal(rows(), 1);
  });

  it('old answers go a few at a time, with each new one', () => {
    const { answers, clock, rows } = table();
    for (let i = 0; i < 100; i++) answer(answers, `old ${i}`);
    clock.time += DAY + HOUR;
    answer(answers, 'new 0');
    assert.equal(rows(), 81);
    for (let i = 1; i < 10; i++) answer(answers, `new ${i}`);
    assert.equal(rows(), 10);
  });

  it('beyond its bytes the oldest go before their time', () => {
    const { answers, rows } = table(10_000);
    for (let i = 0; i < 40; i++) answer(answers, `k${i}`, 'x'.repeat(1000));
    assert.ok(rows() <= 10, `${rows()} rows`);
    assert.equal(answers.begin('k39', 'f')?.answer?.length, 1000);
    assert.equal(answers.begin('k0', 'f'), undefined);
  });

  it('answers outlive the process that gave them', () => {
    const directory = temporaryDirectory();
    const clock = { now: () => 1e12 };
    const open = () =>
      openState({ directory, server: 'a', clock, random: new SeededRandom(1), role: 'node' });
    const before = open();
    answer(before.answers, 'k');
    before.answers.begin('open', 'f');
    const { hostId } = before.answers;
    before.close();
    const after = open();
    assert.equal(after.answers.hostId, hostId);
    assert.equal(after.answers.begin('k', 'f')?.answer, 'done');
    assert.deepEqual(after.answers.begin('open', 'g')?.fingerprint, 'f');
    after.close();
  });
});
