/**
 * Three servers, each a process of its own with its own state directory, exchange feed documents through one store
 * and nothing else. Ends with a table, and with exit code 0 only if nothing was lost. Leaves nothing behind.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyStore, ownPrefix } from './demo-store.ts';
import { Fleet } from './fleet.ts';
import type { Report } from './messages.ts';
import { readOptions } from './options.ts';
import { resultTable, Tally } from './tally.ts';

const servers = ['ada', 'grace', 'barbara'];
/** The demonstration gives up when nothing has happened for this long. */
const silenceMs = 30_000;

const options = readOptions(process.argv.slice(2));
const folder = mkdtempSync(join(tmpdir(), 'bucketcast-demo-'));
const store = options.store === undefined ? `file:${join(folder, 'store')}` : ownPrefix(options.store);
const tally = new Tally(servers);
const finished = Promise.withResolvers<void>();
const silence = setTimeout(() => finished.resolve(), silenceMs);
const waiting = { ready: new Set(servers), published: new Set(servers) };

const plans = servers.map((server) => ({ ...options, server, store, state: join(folder, 'state', server) }));
console.log(`${servers.join(', ')}: three processes, one store, nothing else between them\n`);
const fleet = new Fleet(plans, heard);
for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
  process.once(signal, () => {
    process.exitCode = code;
    finished.reject(new Error(`stopped by ${signal}`));
  });
}

await Promise.race([finished.promise, fleet.failed]).catch(failed);
clearTimeout(silence);
await fleet.stop();
rmSync(folder, { recursive: true, force: true });
if (options.store !== undefined) await emptyStore(store).catch(failed);
console.log(`\n${resultTable(tally.rows())}`);
if (!everythingArrived()) failed(new Error('Not everything arrived.'));

function heard(server: string, report: Report): void {
  silence.refresh();
  if (report.type === 'ready' && waiting.ready.delete(server) && waiting.ready.size === 0)
    fleet.tell('publish');
  if (report.type === 'published') waiting.published.delete(server);
  if (report.type === 'dead-letter') console.log(`${server}: dead letter: ${report.message}`);
  if (report.type === 'sent' || report.type === 'received') {
    const journey = tally.note(server, report);
    if (journey !== undefined) console.log(journey);
  }
  if (everythingArrived()) finished.resolve();
}

function everythingArrived(): boolean {
  return waiting.published.size === 0 && tally.complete;
}

function failed(error: Error): void {
  console.error(`\n${error.message}`);
  process.exitCode ??= 1;
}
