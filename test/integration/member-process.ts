/**
 * One server of an integration test: a real node in a process of its own, driven over IPC, that writes
 * the ledger line by line, so that what it did before a `kill -9` is known.
 */
import { createHash } from 'node:crypto';
import { openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { NewUpdate, Update } from '../../src/base/update.ts';
import type { SettingsInput } from '../../src/config/settings.ts';
import { createNode } from '../../src/node.ts';
import { openState } from '../../src/state/open-state.ts';
import type { LedgerEntry } from '../ledger/entries.ts';
import { readerName, recordingState } from '../ledger/recording-state.ts';

export interface MemberPlan {
  readonly server: string;
  readonly stateDirectory: string;
  readonly ledgerFile: string;
  readonly session: number;
  readonly settings: SettingsInput;
  readonly clockOffsetMs?: number;
  /** Time the handler takes for a batch, ms: gives a kill something to interrupt. */
  readonly handlerMs?: number;
}

export type MemberCommand =
  | { readonly do: 'publish'; readonly count: number; readonly prefix: string; readonly bytes?: number }
  | { readonly do: 'publish-files'; readonly directory: string }
  | { readonly do: 'wait-idle' }
  | { readonly do: 'snapshot' }
  | { readonly do: 'stop' };

export type MemberReport =
  | { readonly type: 'ready' }
  | { readonly type: 'done'; readonly command: MemberCommand['do']; readonly value?: unknown }
  | { readonly type: 'event'; readonly name: string; readonly facts: unknown }
  | { readonly type: 'failed'; readonly message: string };

const plan = JSON.parse(process.argv[2] as string) as MemberPlan;
const ledger = openSync(plan.ledgerFile, 'a');
const write = (entry: LedgerEntry) => void writeSync(ledger, `${JSON.stringify(entry)}\n`);
const report = (message: MemberReport) => process.send?.(message);

const offset = plan.clockOffsetMs ?? 0;
const clock = { ...systemClock, now: () => Date.now() + offset };
const state = recordingState(
  openState({
    directory: plan.stateDirectory,
    server: plan.server,
    clock,
    random: systemRandom,
    role: 'node',
  }),
  { server: plan.server, write },
);
const node = createNode({ ...plan.settings, server: plan.server }, { state, clock });
for (const name of [
  'twin',
  'gap',
  'dead-letter',
  'blocked',
  'thread-lost',
  'retired',
  'crashed',
  'parked',
] as const) {
  node.events.on(name, (facts) => report({ type: 'event', name, facts: JSON.parse(JSON.stringify(facts)) }));
}

process.on('message', (command: MemberCommand) => {
  carryOut(command).then(
    (value) => report({ type: 'done', command: command.do, value }),
    (error: unknown) => report({ type: 'failed', message: `${command.do}: ${String(error)}` }),
  );
});
process.on('disconnect', () => process.exit(1));

await node.start({ waitForStore: true });
await node.subscribe({ name: 'all', from: 'earliest', maxBatch: 50 }, async (updates) => {
  for (const update of updates) deliver(update);
  if (plan.handlerMs) await systemClock.sleep(plan.handlerMs);
});
report({ type: 'ready' });

async function carryOut(command: MemberCommand): Promise<unknown> {
  switch (command.do) {
    case 'publish': {
      const all = Array.from({ length: command.count }, (_, index) => {
        const token = `${command.prefix}-${index}`;
        const url = `https://example.com/${index % 50}`;
        return publish(token, {
          url,
          content: { token, filler: 'x'.repeat(command.bytes ?? 100) },
          data: { token },
        });
      });
      await Promise.allSettled(all);
      return undefined;
    }
    case 'publish-files': {
      const files = readdirSync(command.directory).sort();
      const all = files.map((file) => {
        const token = `${plan.server}:${file}`;
        const content = new Uint8Array(readFileSync(join(command.directory, file)));
        return publish(token, { url: `https://example.com/${file}`, content, data: { token } });
      });
      await Promise.all(all);
      return files.length;
    }
    case 'wait-idle':
      return node.idle();
    case 'snapshot':
      return node.snapshot();
    case 'stop':
      await node.stop();
      state.close();
      process.disconnect?.();
      return undefined;
  }
}

async function publish(token: string, update: NewUpdate): Promise<void> {
  write({ type: 'called', server: plan.server, token, digest: digestOf(update.content) });
  try {
    const { id, writer, lane, sequence } = await node.publish(update);
    write({ type: 'durable', token, id, writer, lane, sequence });
  } catch (error) {
    write({ type: 'rejected', token, code: String((error as { code?: unknown }).code) });
    throw error;
  }
}

function deliver({ id, writer, lane, sequence, index, content, data }: Update): void {
  const token = (data as { token: string }).token;
  const reader = readerName(plan.server, 'all');
  const digest = digestOf(content);
  write({
    type: 'delivered',
    reader,
    session: plan.session,
    token,
    id,
    digest,
    writer,
    lane,
    sequence,
    index,
  });
}

function digestOf(content: NewUpdate['content']): string {
  const bytes = content instanceof Uint8Array ? content : JSON.stringify(content);
  return createHash('sha256').update(bytes).digest('hex');
}
