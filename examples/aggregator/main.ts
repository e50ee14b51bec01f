/**
 * Three servers keep the same feeds fresh, twice: first each fetches everything for itself, then they ask each other by state and
 * claims. Ends with how many fetches that has saved, and leaves nothing behind.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BucketcastNode, createNode } from '../../src/index.ts';
import { emptyStore, ownPrefix } from '../demo/demo-store.ts';
import { feedDocuments } from '../demo/feeds.ts';
import { keepFreshAlone, keepFreshTogether, type Wish } from './aggregator.ts';
import { FeedSite } from './feed-site.ts';
import { readOptions } from './options.ts';
import { count, resultTable } from './tally.ts';

const servers = ['ada', 'grace', 'barbara'];
const siteAnswersAfterMs = 100;

const { runMs, freshMs, ...options } = readOptions(process.argv.slice(2));
const folder = mkdtempSync(join(tmpdir(), 'bucketcast-aggregator-'));
const stores: string[] = [];
const ending = new AbortController();
for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
  process.once(signal, () => {
    process.exitCode = code;
    ending.abort();
  });
}

try {
  await using site = await FeedSite.open(feedDocuments(options.feeds), siteAnswersAfterMs);
  const each = `${site.urls.length} feeds, each to be fetched every ${freshMs / 1000} s, for ${runMs / 1000} s`;
  console.log(`${servers.join(', ')} want ${each}\n`);
  await run('alone', keepFreshAlone, site);
  const alone = count(site.takeVisits(), servers, freshMs);
  await run('together', keepFreshTogether, site);
  const together = count(site.takeVisits(), servers, freshMs);
  console.log(resultTable({ 'each for itself': alone, 'state and claims': together }));
  console.log(`\nstate and claims saved ${alone.duplicates - together.duplicates} duplicate fetches`);
  if (alone.duplicates <= together.duplicates) process.exitCode ??= 1;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  if (options.store !== undefined) await Promise.all(stores.map(emptyStore));
  rmSync(folder, { recursive: true, force: true });
}

/** One run, on a store of its own. */
async function run(
  name: string,
  keepFresh: (node: BucketcastNode, wish: Wish) => Promise<void>,
  site: FeedSite,
): Promise<void> {
  const url = options.store === undefined ? `file:${join(folder, name, 'store')}` : ownPrefix(options.store);
  stores.push(url);
  await using nodes = new AsyncDisposableStack();
  const started = await Promise.all(
    servers.map(async (server) => {
      const node = nodes.use(newNode(server, url, join(folder, name, 'state', server)));
      await node.start();
      return node;
    }),
  );
  const over = AbortSignal.any([ending.signal, AbortSignal.timeout(runMs)]);
  const wishes = site.urls.map((feed) => ({ url: feed, freshMs, signal: over }));
  await Promise.all(started.flatMap((node) => wishes.map((wish) => keepFresh(node, wish))));
}

function newNode(server: string, url: string, state: string): BucketcastNode {
  return createNode({
    server,
    state,
    store: { url },
    index: { enabled: true },
    // Livelier than the defaults, which are made for a bucket that bills by the request.
    poll: { minMs: 50, maxMs: 500 },
    publish: { tipIntervalMs: 50 },
    pool: { threads: 1 },
  });
}
