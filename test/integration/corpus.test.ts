import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { corpusDirectory } from './corpus.ts';
import { Fleet } from './fleet.ts';
import { testOnBoth } from './stores.ts';

testOnBoth('three processes exchange every feed of a corpus, byte by byte', async (t, store) => {
  const directory = corpusDirectory((line) => t.diagnostic(line));
  const fleet = new Fleet(t, { store });
  const members = await fleet.started('athens', 'bergen', 'cairo');
  const files = readdirSync(directory).length;
  const published = await Promise.all(members.map((member) => member.do({ do: 'publish-files', directory })));
  assert.deepEqual(published, [files, files, files]);
  await fleet.settled();
  const verdict = await fleet.judged();
  assert.equal(verdict.durable, 3 * files);
  assert.equal(verdict.delivered, 3 * 2 * files, 'each was delivered to both others, once');
});
