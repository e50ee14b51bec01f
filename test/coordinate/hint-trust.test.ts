import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultSettings } from '../../src/config/settings.ts';
import {
  afterFinding,
  afterNews,
  doubtMs,
  fullTrust,
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
