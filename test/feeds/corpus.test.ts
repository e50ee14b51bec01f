import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { feedDocuments } from '../../examples/demo/feeds.ts';
import type { FeedContent } from '../../src/feeds/feed-content.ts';
import { parsed } from './documents.ts';

/** Real feeds, which lie beside the project where somebody has put them. */
const realFeeds = join(import.meta.dirname, '../../../shared/feeds');

function assertWhole({ feed, entries }: FeedContent, name: string): void {
  assert.ok(feed.title, name);
  for (const entry of entries) {
    assert.ok(entry.id.length > 0, name);
    assert.ok(entry.title ?? entry.summary ?? entry.content, name);
    assert.equal(JSON.stringify(entry).includes('\uFFFD'), false, `${name}: letters that nobody can read`);
  }
}

it('every feed of the demonstration is one', () => {
  let withEntries = 0;
  for (const { name, bytes } of feedDocuments()) {
    const content = parsed(bytes);
    assertWhole(content, name);
    withEntries += Math.sign(content.entries.length);
  }
  assert.ok(withEntries > 5);
});

it('every real feed has entries, each with an id, and letters as they were', (t) => {
  if (!existsSync(realFeeds)) {
    t.skip('there are no real feeds beside the project');
    return;
  }
  for (const name of readdirSync(realFeeds)) {
    const content = parsed(readFileSync(join(realFeeds, name)));
    assertWhole(content, name);
    assert.ok(content.entries.length > 0, name);
  }
});
