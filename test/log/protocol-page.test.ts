import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { defaultSettings } from '../../src/config/settings.ts';
import { DAY, KiB, MINUTE, MiB, SECOND } from '../../src/config/units.ts';
import { sealedName } from '../../src/log/keys.ts';
import { sampleTarget } from './support/sample-segment.ts';

const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');

test("the protocol page's hex dump is the golden segment", () => {
  const dump = /```hex\n([^`]*)```/.exec(page)?.[1] ?? '';
  const lines = dump.trimEnd().split('\n');
  const bytes = lines.map((line, index) => {
    const [, offset, hex] = /^([0-9a-f]{8}) {2}((?:[0-9a-f]{2} {1,2}){1,16})/.exec(line) ?? [];
    assert.equal(offset, (index * 16).toString(16).padStart(8, '0'));
    return hex?.replaceAll(' ', '');
  });
  const golden = readFileSync(new URL('../fixtures/segments/small.segment', import.meta.url));
  assert.equal(bytes.join(''), golden.toString('hex'));
  assert.ok(page.includes(`\`${sealedName(sampleTarget().key)}\``));
});

test('the protocol page names settings that exist, with their defaults', () => {
  const sections = defaultSettings as unknown as Record<string, Record<string, unknown>>;
  const names = new Set(
    [...page.matchAll(/`([a-z]+)\.([a-z]+[A-Z]\w*)`/gi)].map(([, section, name]) => `${section}.${name}`),
  );
  assert.ok(names.size > 15);
  for (const path of names) {
    const [section, name] = path.split('.') as [string, string];
    assert.ok(name in (sections[section] ?? {}), `${path} is not a setting`);
  }
  const { publish, poll, read, janitor, retention } = defaultSettings;
  const stated: [string, number][] = [
    ['`publish.compressFromBytes` (4 KiB)', publish.compressFromBytes / (4 * KiB)],
    ['`publish.flushIntervalMs`, 20,', publish.flushIntervalMs / 20],
    ['`publish.maxSegmentBytes`, 1 MiB', publish.maxSegmentBytes / MiB],
    ['`publish.maxSegmentUpdates`, 10,000', publish.maxSegmentUpdates / 10_000],
    ['`publish.segmentsInFlight` (4)', publish.segmentsInFlight / 4],
    ['`publish.retireAfterMs`, 5 minutes', publish.retireAfterMs / (5 * MINUTE)],
    ['`publish.tipIntervalMs` (1 s)', publish.tipIntervalMs / SECOND],
    ['`poll.minMs` (500)', poll.minMs / 500],
    ['`poll.growth` (1.5)', poll.growth / 1.5],
    ['`poll.maxMs` (10 s)', poll.maxMs / (10 * SECOND)],
    ['`poll.hintsPerSecond` (2)', poll.hintsPerSecond / 2],
    ['`read.farAhead` (10,000)', read.farAhead / 10_000],
    ['`read.corruptTries` (3)', read.corruptTries / 3],
    ['`read.patienceMs`, 1 minute', read.patienceMs / MINUTE],
    ['`read.maxSegmentBytes` (64 MiB)', read.maxSegmentBytes / (64 * MiB)],
    ['`janitor.quietMs`, 10 minutes', janitor.quietMs / (10 * MINUTE)],
    ['`janitor.mergeFrom` (16)', janitor.mergeFrom / 16],
    ['`janitor.forgetAfterMs`, 30 days', janitor.forgetAfterMs / (30 * DAY)],
    ['`retention.maxAgeMs`, 7 days', retention.maxAgeMs / (7 * DAY)],
    ['`retention.marginMs`, 10 minutes', retention.marginMs / (10 * MINUTE)],
  ];
  for (const [text, ratio] of stated) {
    assert.ok(page.includes(text), `the page no longer says ${text}`);
    assert.equal(ratio, 1, `${text} is not the default any more`);
  }
});
