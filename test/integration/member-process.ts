/**
 * One server of an integration test: a real node in a process of its own, driven over IPC, that writes
 * the ledger line by line, so that what it did before a `kill -9` is known.
 */

import { once } from 'node:events';
import { openSync, writeSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { Update } from '../../src/base/update.ts';
import { checkSettings } from '../../src/config/check-settings.ts';
import type { Components } from '../../src/node/foundation.ts';
import { createNode } from '../../src/node.ts';
import { openState } from '../../src/state/open-state.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { LedgerEntry } from '../ledger/entries.ts';
import { readerName, recordingState } from '../ledger/recording-state.ts';
import { inBucket } from '../support/in-bucket.ts';
import { fatalStore } from './fatal-store.ts';
import type { MemberCommand, MemberPlan, MemberReport, MemberRequest } from './member-plan.ts';
import { digestOf, MemberPublisher } from './member-publisher.ts';

const plan = JSON.parse(process.argv[2] as string) as MemberPlan;
const { name, server, session, from = 'earliest', maxBatch = 50 } = plan;
const reader = readerName(name, 'all');
const ledger = openSync(plan.ledgerFile, 'a');
const write = (entry: LedgerEntry) => void writeSync(ledger, `${JSON.stringify(entry)}\n`);
const report = (message: MemberReport) => process.send?.(message);
const threads = new Set<Worker>();
process.on('worker', (worker) => {
  threads.add(worker);
  worker.once('exit', () => threads.delete(worker));
});

const clock = { ...systemClock, now: () => Date.now() + (plan.clockOffsetMs ?? 0) };
const directory = plan.stateDirectory;
const state = recordingState(openState({ directory, server, clock, random: systemRandom, role: 'node' }), {
  server: name,
  write,
});
// A kill between a commit and the line that tells of it leaves the ledger behind: what counts is what is committed.
for (const position of state.positions('all')) write({ type: 'acknowledged', reader, ...position });

const node = createNode({ ...plan.settings, server }, { state, clock, ...(await components()) });
const progress = { delivered: 0, durable: 0 };
const publisher = new MemberPublisher({
  name,
  write,
  publish: async (update) => inBucket(await node.publish(update)),
  progressed: () => {
    progress.durable += 1;
    reportProgress();
  },
});

const watched = [
  'blocked',
  'crashed',
  'dead-letter',
  'distrusted',
  'gap',
  'parked',
  'poll-failed',
  'retired',
  'thread-lost',
  'twin',
] as const;
for (const event of watched) {
  node.events.on(event, (facts: object) => {
    const plain = JSON.stringify(facts, (_, value: unknown) =>
      value instanceof Error ? String(value) : value,
    );
    report({ type: 'event', name: event, facts: JSON.parse(plain) });
  });
}

process.on('disconnect', () => process.exit(1));
process.on('message', ({ id, command }: MemberRequest) => {
  carryOut(command).then(
    (value) => finish(id, command, value),
    (error: unknown) => report({ type: 'failed', id, message: `${command.do}: ${String(error)}` }),
  );
});

await node.start({ waitForStore: true });
await node.subscribe({ name: 'all', from, maxBatch }, async (updates) => {
  for (const update of updates) deliver(update);
  if (plan.handlerMs) await systemClock.sleep(plan.handlerMs);
});
report({ type: 'ready' });

async function components(): Promise<Partial<Components>> {
  if (plan.death === undefined) return {};
  const { store } = checkSettings(plan.settings);
  return { store: fatalStore(await openStore(store), plan.death) };
}

async function carryOut(command: MemberCommand): Promise<unknown> {
  switch (command.do) {
    case 'publish':
      return publisher.some(command);
    case 'publish-files':
      return publisher.files(command.directory);
    case 'load':
      return publisher.load(command);
    case 'end-load':
      return publisher.endLoad();
    case 'flush':
      return node.flush();
    case 'wait-idle':
      return node.idle();
    case 'poll':
      return node.pollNow();
    case 'snapshot':
      return node.snapshot();
    case 'metrics':
      return node.metrics();
    case 'kill-thread':
      return killThread();
    case 'stop':
      await node.stop();
      state.close();
      return undefined;
  }
}

/** One that is alive, or the next that is started. */
async function killThread(): Promise<void> {
  if (threads.size === 0) await once(process, 'worker');
  const [thread] = threads;
  await thread?.terminate();
}

/** A stopped process has nothing left to wait for: if it does not end by itself, something was left behind. */
function finish(id: number, command: MemberCommand, value: unknown): void {
  report({ type: 'done', id, value });
  if (command.do === 'stop') {
    process.removeAllListeners('disconnect');
    process.disconnect?.();
  }
}

function deliver({ id, writer, lane, sequence, index, content, data, time }: Update): void {
  const token = (data as { token: string }).token;
  const digest = digestOf(content);
  const place = { writer, lane, sequence, index };
  write({ type: 'delivered', reader, session, token, id, digest, time, ...place });
  progress.delivered += 1;
  reportProgress();
}

function reportProgress(): void {
  const { concurrency } = node.snapshot().limiter;
  report({ type: 'progress', ...progress, concurrency });
}
