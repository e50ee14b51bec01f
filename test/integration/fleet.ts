import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { SettingsInput } from '../../src/config/settings.ts';
import { type JudgeOptions, judge, type Verdict } from '../ledger/judge.ts';
import { mergeLedgers } from '../ledger/merge.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { Member } from './member.ts';
import type { MemberPlan } from './member-plan.ts';

/** Looks and writes often, and gives up waiting soon, so that a test takes seconds. */
const brisk = {
  poll: { minMs: 50, maxMs: 200 },
  publish: { tipIntervalMs: 100 },
  retry: { baseMs: 20, capMs: 500 },
  pool: { threads: 2 },
} satisfies SettingsInput;

/** The members of one test, on one store. None of their processes outlives the test. */
export class Fleet {
  readonly settings: SettingsInput;
  readonly #members: Member[] = [];
  readonly #directory = temporaryDirectory();

  constructor(t: TestContext, settings: SettingsInput) {
    this.settings = { ...brisk, ...settings };
    t.after(() => Promise.all(this.#members.map((member) => member.kill())));
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  /** A member that is not started yet; its server has its name, unless the plan says otherwise. */
  member(name: string, plan: Partial<MemberPlan> = {}): Member {
    const member = new Member({
      name,
      server: name,
      stateDirectory: join(this.#directory, name),
      ledgerFile: join(this.#directory, `${name}.ndjson`),
      ...plan,
      settings: merged(this.settings, plan.settings),
    });
    this.#members.push(member);
    return member;
  }

  /** Started members that are ready. */
  async started(...names: string[]): Promise<Member[]> {
    const members = names.map((name) => this.member(name));
    for (const member of members) member.start();
    await Promise.all(members.map((member) => member.ready()));
    return members;
  }

  /** Resolves when everything that running members have published is visible, and delivered to all of them. */
  async settled(): Promise<void> {
    const running = this.#members.filter((member) => member.running);
    await Promise.all(running.map((member) => member.do({ do: 'flush' })));
    await Promise.all(running.map((member) => member.do({ do: 'wait-idle' })));
  }

  /** Stops what still runs, and fails the test when a promise was broken or nothing was delivered. */
  async judged(options: JudgeOptions = {}): Promise<Verdict> {
    await Promise.all(this.#members.filter((member) => member.running).map((member) => member.stop()));
    const verdict = judge(mergeLedgers(this.#members.map((member) => member.ledger())), options);
    assert.deepEqual(verdict.violations, []);
    assert.ok(verdict.durable > 0, 'something was published');
    assert.ok(verdict.delivered > 0, 'something was delivered');
    return verdict;
  }
}

/** Section by section. */
function merged(base: SettingsInput, changes: SettingsInput = {}): SettingsInput {
  const sections = Object.entries(changes).map(([name, value]: [string, unknown]) => {
    const before: unknown = base[name as keyof SettingsInput];
    return [name, isSection(before) && isSection(value) ? { ...before, ...value } : value];
  });
  return { ...base, ...Object.fromEntries(sections) };
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
