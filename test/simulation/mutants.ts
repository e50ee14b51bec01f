/**
 * Shows that the simulation can fail: takes one rule of the protocol out at a time, in a copy of the sources, and runs
 * seeds until one fails. `node test/simulation/mutants.ts [SEEDS [FILE]]`; exits 1 when a rule can go unnoticed. FILE: only rules of
 * files whose path has this in it.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Mutant {
  readonly rule: string;
  readonly file: string;
  readonly replace: string;
  readonly by: string;
}

const mutants: readonly Mutant[] = [
  {
    rule: 'publish() resolves only while a tip of the writer surely stands',
    file: 'src/publish/tip-lease.ts',
    replace: 'if (tip === undefined) return false;',
    by: 'return true;',
  },
  {
    rule: 'whoever parks a writer follows its lanes beyond the tip',
    file: 'src/publish/parking.ts',
    replace: 'next: (ends[lane] as Extended).next',
    by: 'next: reach.next',
  },
  {
    rule: 'a batch counts as seen only once everything it names is delivered',
    file: 'src/coordinate/subscription.ts',
    replace: '!this.#seen.has(batch) && this.#covers(lanes)',
    by: '!this.#seen.has(batch)',
  },
  {
    rule: 'a 412 is read back before a segment counts as durable',
    file: 'src/publish/put-segment.ts',
    replace: "return ours ? { status: 'durable', time } : { status: 'twin' };",
    by: "return { status: ours ? 'durable' : 'durable', time };",
  },
  {
    rule: 'publish() resolves only when all earlier segments of the lane are durable',
    file: 'src/publish/lane-progress.ts',
    replace: 'while (beyond.delete(prefix)) prefix += 1;',
    by: 'prefix = Math.max(prefix, sequence + 1);',
  },
  {
    rule: 'a lane waits for its head, though what comes after it is there',
    file: 'src/coordinate/lane-entries.ts',
    replace: '} else break;',
    by: '} else current = moveHead(current, current.head + 1, 0);',
  },
  {
    rule: 'a missing segment is waited for, and asked for again after a poll',
    file: 'src/coordinate/lane-outcome.ts',
    replace: 'const end = since + context.patienceMs;',
    by: 'const end = 0;\n  past = { ...past, polled: true };',
  },
  {
    rule: 'a restart follows the lanes of its earlier writers beyond their tips',
    file: 'src/publish/predecessors.ts',
    replace: 'if (records.length === 0)',
    by: 'for (const { writer } of records) this.#parts.state.markParked(writer);\n    if (records.length >= 0)',
  },
  {
    rule: 'retention announces before it deletes',
    file: 'src/publish/own-retention.ts',
    replace: 'await Promise.all(raised.map(({ lane, to }) => tip.raise(lane, to)));',
    by: '',
  },
  {
    rule: 'the position moves only past what is acknowledged',
    file: 'src/coordinate/delivery-state.ts',
    replace: 'if (end === done) return { delivery, change: {} };',
    by: 'end = entries.length;',
  },
  {
    rule: 'a number whose PUT was refused gets a tombstone',
    file: 'src/publish/lane-progress.ts',
    replace: "return { state, effects: [{ type: 'entomb', sequence: message.sequence }] };",
    by: 'return durable(state, message.sequence);',
  },
  {
    rule: 'bad bytes are asked for afresh before they become a dead letter',
    file: 'src/coordinate/lane-outcome.ts',
    replace: 'if (corrupt < context.corruptTries) {',
    by: 'if (corrupt < 0) {',
  },
  {
    rule: 'a segment of an unknown key is waited for',
    file: 'src/coordinate/lane-outcome.ts',
    replace: 'return blocked(state, sequence, past, outcome, context);',
    by: "return spoiled(state, sequence, { ...past, corrupt: 99 }, { status: 'corrupt', reason: '', bytes: new Uint8Array(), time: 0 }, context);",
  },
  {
    rule: 'an explicit acknowledgement reaches no further than it says',
    file: 'src/coordinate/sink-runner.ts',
    replace: "if (this.#parts.ack === 'auto') this.#commit(this.#handed.last, 'soon');",
    by: "this.#commit(this.#handed.last, 'soon');",
  },
  {
    rule: 'what was acknowledged in part is not delivered again after a failure',
    file: 'src/coordinate/delivery-state.ts',
    replace: 'for (let at = delivery.done; at < delivery.entries.length; at += 1) {',
    by: 'for (let at = 0; at < delivery.entries.length; at += 1) {',
  },
  {
    rule: 'a dead letter goes only when its replay was delivered',
    file: 'src/coordinate/replay-queue.ts',
    replace: 'const letter = this.#record.letter(id);',
    by: 'const letter = undefined as ReturnType<typeof this.#record.letter>;',
  },
  {
    rule: 'a subscription that was away for longer than lanes are remembered says so',
    file: 'src/coordinate/away.ts',
    replace: 'now - last > forgetAfterMs',
    by: 'now - last < 0',
  },
  {
    rule: 'a poll makes a subscription current only if nothing that it has not delivered can be forgotten',
    file: 'src/coordinate/current-mark.ts',
    replace: 'isDue && isCurrent()',
    by: 'isDue',
  },
  {
    rule: 'a poll with a batch that cannot be read makes no subscription current',
    file: 'src/coordinate/subscription.ts',
    replace: '[...extent.unread].every((batch) => this.#seen.has(batch)) &&',
    by: '',
  },
  {
    rule: 'an update leaves the spool only once it is in the bucket',
    file: 'src/publish/spool-drain.ts',
    replace: 'this.#handed.add(row);',
    by: 'this.#handed.add(row);\n    this.#parts.table.remove([row]);',
  },
  {
    rule: 'what an earlier run left in the spool is drained',
    file: 'src/publish/spool-drain.ts',
    replace: 'this.#behind = parts.table.lastRow() > 0;',
    by: 'this.#behind = false;',
  },
  {
    rule: 'a refused segment of the spool keeps its number, so that nothing overtakes it',
    file: 'src/publish/lane-writer.ts',
    replace: 'const kept = open?.updates.find(({ refused }) => refused);',
    by: 'const kept = open?.updates.find(() => false);',
  },
  {
    rule: 'a hint that is not signed tells nothing, it only makes readers look',
    file: 'src/coordinate/hint-desk.ts',
    replace: "if (verdict !== 'ok') {",
    by: "if (verdict !== 'ok' && verdict !== 'unsigned') {",
  },
  {
    rule: 'a hint with a wrong signature is not believed',
    file: 'src/coordinate/hint-desk.ts',
    replace: "if (verdict === 'bad') return 'forged';\n    if (verdict !== 'ok') {",
    by: "if (verdict === 'unsigned') {",
  },
  {
    rule: 'a segment of a hint is served only with a seal of the fleet',
    file: 'src/pool/inline-fetcher.ts',
    replace: 'if (segment.header.keyId !== undefined) {',
    by: 'if (segment.header.count > 0) {',
  },
  {
    rule: 'a segment of a hint that is wrong is fetched from the bucket',
    file: 'src/pool/inline-fetcher.ts',
    replace: "inline.drop(task.key);\n    observe('refused');",
    by: "return { status: 'corrupt', reason: 'altered', bytes: stored, time: storeTime() };",
  },
  {
    rule: 'a hint tells of nothing that is not durable',
    file: 'src/hints/announcer.ts',
    replace: 'next: segment.sequence + 1,',
    by: 'next: segment.sequence + 2,',
  },
  {
    rule: 'the index keeps the newest update of a URL, whatever comes after it',
    file: 'src/log/newest-rule.ts',
    replace: 'return isNewer(a, b);',
    by: 'return true;',
  },
  {
    rule: 'what is newer goes into the index with the position that moves past it',
    file: 'src/coordinate/newest-sink.ts',
    replace: 'if (standing !== undefined && !supersedes(row, standing)) return;',
    by: 'if (standing !== undefined) return;',
  },
  {
    rule: 'a loss counts as filled when every entry of the snapshot that lies in it is delivered',
    file: 'src/coordinate/recovery.ts',
    replace: 'ranges.has(entry);',
    by: 'ranges.has(entry) && entry.sequence % 2 === 0;',
  },
  {
    rule: 'a snapshot that ends within a loss does not fill it',
    file: 'src/coordinate/lost-ranges.ts',
    replace: '>= range.to',
    by: '>= 0',
  },
  {
    rule: 'a place in a snapshot moves only past what is acknowledged',
    file: 'src/coordinate/snapshot-slice.ts',
    replace: 'place: at.place + done }',
    by: 'place: at.place + entries.length }',
  },
  {
    rule: 'a claim that has ended is left alone for a margin',
    file: 'src/claims/claim-decision.ts',
    replace: 'const until = record.expiresAt + view.marginMs;',
    by: 'const until = record.expiresAt;',
  },
  {
    rule: 'the token of a claim rises with every take-over',
    file: 'src/claims/claim-decision.ts',
    replace: 'isProven ? Math.max(record.token + 1, time) : time',
    by: 'record.token',
  },
  {
    rule: 'a claim is written only upon what was read',
    file: 'src/claims/claim-object.ts',
    replace: 'const options = { condition, contentType',
    by: 'const options = { condition: record.released ? undefined : condition, contentType',
  },
  {
    rule: 'a claim ends for its holder when it was not renewed in time',
    file: 'src/claims/held-claim.ts',
    replace: "this.#end('expired');\n    return false;",
    by: 'return true;',
  },
  {
    rule: 'a renewal counts from when it was begun',
    file: 'src/claims/held-claim.ts',
    replace: 'this.#deadline = since + this.#ttlMs;\n        this.#watch();',
    by: 'this.#deadline = this.#parts.clock.monotonic() + this.#ttlMs;\n        this.#watch();',
  },
  {
    rule: 'whoever finds another nonce in the place of its write has lost the claim',
    file: 'src/claims/claim-decision.ts',
    replace: "if (standing?.record.nonce === nonce) return 'written';",
    by: "if (standing) return 'written';",
  },
  {
    rule: 'nobody is given a claim by a store that ignores conditions',
    file: 'src/claims/honoured-conditions.ts',
    replace: 'await this.#check(this.#absent',
    by: 'if (record.token > 0) return;\n    await this.#check(this.#absent',
  },
];

const seeds = Number(process.argv[2] ?? 1000);
const only = process.argv[3] ?? '';
const root = join(import.meta.dirname, '../..');
let unnoticed = 0;
for (const mutant of mutants.filter(({ file }) => file.includes(only))) {
  const copy = mkdtempSync(join(tmpdir(), 'bucketcast-mutant-'));
  try {
    for (const folder of ['src', 'metrics', 'workers', 'test'])
      cpSync(join(root, folder), join(copy, folder), { recursive: true });
    cpSync(join(root, 'package.json'), join(copy, 'package.json'));
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const file = join(copy, mutant.file);
    const source = readFileSync(file, 'utf8');
    if (!source.includes(mutant.replace)) throw new Error(`${mutant.file} no longer has «${mutant.replace}»`);
    writeFileSync(file, source.replace(mutant.replace, mutant.by));
    const script = join(copy, 'test/simulation/replay.ts');
    const run = spawnSync(process.execPath, [script, '1', String(seeds)], {
      encoding: 'utf8',
      env: { ...process.env, FIRST_FAILURE: '1' },
    });
    const failure = /^seed \d+:.*\n.*/m.exec(run.stdout)?.[0];
    if (run.status === 0) unnoticed += 1;
    console.log(`${run.status === 0 ? 'UNNOTICED' : 'noticed  '} ${mutant.rule}`);
    if (failure) console.log(`          ${failure.replaceAll('\n', ' ').slice(0, 220)}`);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
process.exitCode = unnoticed > 0 ? 1 : 0;
