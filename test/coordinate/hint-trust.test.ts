import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultSettings } from '../../src/config/settings.ts';
import {
  afterEcho,
  afterFinding,
  afterNews,
  doubtMs,
  fullTrust,
  graceMs,
  noTrust,
  pollCeiling,
  pollsAgainSoon,
  trusts,
} from '../../src/coordinate/hint-trust.ts';

const timer = { cause: 'timer', found: 1, isHinted: false } as const;

describe('hints are trusted to tell of everything', () => {
  it('until a poll whose time had come finds something that nobody told', () => {
    const doubted = afterFinding(fullTrust, timer, 1000);
    assert.deepEqual([trusts(fullTrust, 0), trusts(doubted, 1000)], [true, false]);
    for (const expected of [
      { ...timer, found: 0 },
      { ...timer, isHinted: true },
      { ...timer, cause: 'hint' },
      { ...timer, cause: 'asked' },
    ] as const)
      assert.equal(afterFinding(fullTrust, expected, 1000), fullTrust);
  });

  it('again after a while, once one has told something', () => {
    const doubted = afterFinding(afterNews(fullTrust, 500), timer, 1000);
    assert.equal(trusts(doubted, 1000 + 2 * doubtMs), false);
    const heard = afterNews(doubted, 2000);
    assert.deepEqual([trusts(heard, 999 + doubtMs), trusts(heard, 1000 + doubtMs)], [false, true]);
  });

  it('still, when what a poll found is told a moment later, all of it and as far', () => {
    const found = afterFinding(
      fullTrust,
      {
        ...timer,
        reach: new Map([
          ['a', 5],
          ['b', 2],
        ]),
      },
      1000,
    );
    const end = 1000 + graceMs;
    assert.deepEqual([trusts(found, end - 1), trusts(found, end)], [true, false]);
    const half = afterEcho(
      found,
      new Map([
        ['a', 6],
        ['c', 9],
      ]),
      1001,
    );
    const short = afterEcho(half, new Map([['b', 1]]), 1002);
    assert.deepEqual([trusts(half, end), trusts(short, end)], [false, false]);
    assert.equal(trusts(afterEcho(short, new Map([['b', 2]]), 1003), end), true);
    const late = afterEcho(
      found,
      new Map([
        ['a', 5],
        ['b', 2],
      ]),
      end,
    );
    assert.equal(trusts(late, end), false);
  });

  it('no longer, when something else is found meanwhile that nobody tells', () => {
    const first = afterFinding(fullTrust, { ...timer, reach: new Map([['a', 5]]) }, 1000);
    const both = afterFinding(first, { ...timer, reach: new Map([['b', 1]]) }, 1500);
    assert.equal(trusts(afterEcho(both, new Map([['a', 5]]), 1600), 1000 + graceMs), false);
    const after = afterNews(first, 999 + doubtMs);
    assert.deepEqual([trusts(after, 999 + doubtMs), trusts(after, 1000 + doubtMs)], [false, true]);
  });

  it('only after a first one where they are not expected to come', () => {
    assert.equal(trusts(noTrust, 10 * doubtMs), false);
    assert.equal(trusts(afterNews(noTrust, 5), 5), true);
  });
});

describe('polls with hints', () => {
  it('are rare only while hints come in and are trusted, and never more frequent than without', () => {
    const { poll, hints } = defaultSettings;
    const ceiling = (isConnected: boolean, isTrusted: boolean, maxPollMs = hints.maxPollMs) =>
      pollCeiling({ poll, hints: { ...hints, maxPollMs } }, { isConnected, isTrusted });
    assert.equal(ceiling(true, true), hints.maxPollMs);
    assert.equal(ceiling(true, true, 1), poll.maxMs);
    assert.deepEqual([ceiling(false, true), ceiling(true, false)], [poll.maxMs, poll.maxMs]);
  });

  it('follow soon after one that a hint was wrong about, or too early; without hints after one that found something', () => {
    assert.deepEqual(
      [pollsAgainSoon('hint', true, true), pollsAgainSoon('hint', false, true)],
      [false, true],
    );
    assert.deepEqual(
      [pollsAgainSoon('hint', true, false), pollsAgainSoon('hint', false, false)],
      [true, false],
    );
    assert.deepEqual(
      [pollsAgainSoon('timer', true, true), pollsAgainSoon('timer', false, true)],
      [true, false],
    );
  });
});
