import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '../base/clock.ts';
import { BucketcastError, isBucketcastError } from '../base/errors.ts';
import { systemRandom } from '../base/random.ts';
import type { CompleteSettings } from '../config/load-settings.ts';
import { openState } from '../state/open-state.ts';
import { type FeedAnswer, feedAnswer, feedState } from '../status/feed-state.ts';
import { indexName, indexStanding } from '../status/index-standing.ts';
import type { RunCommand } from './command.ts';
import { type ExitCode, exitCode, UsageError } from './exit-code.ts';
import { contentText, headline } from './feed-text.ts';
import { addNodeOptions, type NodeOptions, nodeAddress } from './node-address.ts';
import { NodeClient } from './node-client.ts';
import type { Session } from './session.ts';
import { settingsFor } from './settings-options.ts';

interface GetOptions extends NodeOptions {
  readonly json?: boolean;
}

const examples = `
Asks the running node, or, where none runs, reads what its state directory holds. Needs \`index.enabled\`. Who published
the URL, and how long ago, goes to standard error; the content to standard output, as it was published.

Exit codes: 0 it is known, also when it was deleted; 5 nobody has published it; 1 the index is off, or has
not come that far, or no node runs that would know.

Examples:
  bucketcast get https://example.org/feed.xml
  bucketcast get https://example.org/feed.xml > feed.xml
  bucketcast get --json https://example.org/feed.xml | jq .agoMs
`;

export function addGetCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('get')
    .description('the newest update of a URL: who published it, how long ago, and its content')
    .argument('<url>', 'as it was published')
    .option('--json', 'all that is known, as one JSON object')
    .addHelpText('after', examples);
  addNodeOptions(command).action(run(get));
}

async function get(session: Session, url: string, options: GetOptions): Promise<ExitCode> {
  if (url === '') throw new UsageError('get: the URL is empty');
  const { settings } = settingsFor(options, session);
  const feed = await find(session, url, { options, settings });
  if (feed === undefined) {
    session.errors.write(`bucketcast: no update of ${JSON.stringify(url)} is known\n`);
    return exitCode.unknown;
  }
  if (options.json) {
    await session.output.json(feed);
    return exitCode.done;
  }
  session.errors.write(`${headline(feed)}\n`);
  const text = contentText(feed, session.output.isTerminal);
  if (text.length > 0) await session.output.write(text);
  return exitCode.done;
}

async function find(
  session: Session,
  url: string,
  { options, settings }: { readonly options: GetOptions; readonly settings: CompleteSettings },
): Promise<FeedAnswer | undefined> {
  try {
    return await new NodeClient(nodeAddress(options, settings), session.signal).feed(url);
  } catch (error) {
    const path = join(settings.state, 'state.db');
    if (options.url !== undefined || !isBucketcastError(error, 'state-unusable') || !existsSync(path))
      throw error;
  }
  session.errors.write(`bucketcast: no node can be asked; this is what ${settings.state} remembers\n`);
  return findInState(url, settings);
}

/** Throws also for a URL that it does not know, for that says nothing of what was published while no node listened. */
function findInState(url: string, { state: directory, server, index }: CompleteSettings): FeedAnswer {
  const state = openState({ directory, server, clock: systemClock, random: systemRandom, role: 'guest' });
  try {
    const names = [indexName, `${indexName}/objects`];
    if (!names.some((name) => state.subscription(name) !== undefined))
      throw new BucketcastError('invalid-settings', `no index of URLs is kept in ${directory}`, {
        hint: 'Set `index.enabled: true` in the settings of its node, and start it.',
      });
    const row = state.newest.find(url);
    const standing = indexStanding(state.newest.totals(), index.maxUrls, []);
    if (row !== undefined) return feedAnswer(feedState(row, systemClock.now()), standing);
    throw new BucketcastError('state-unusable', `${directory} knows no update of ${JSON.stringify(url)}`, {
      hint: 'Others may have published it since its node stopped: start the node, and ask again.',
    });
  } finally {
    state.close();
  }
}
