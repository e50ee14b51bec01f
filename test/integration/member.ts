import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { systemClock } from '../../src/base/clock.ts';
import type { LedgerEntry } from '../ledger/entries.ts';
import { end } from '../support/processes.ts';
import type { MemberCommand, MemberPlan, MemberReport, Progress } from './member-plan.ts';

type Done = Extract<MemberReport, { type: 'done' }>;
type Event = Extract<MemberReport, { type: 'event' }>;

/** Starts, drives and kills a member's processes; its state directory and ledger file outlive each of them. */
export class Member {
  readonly name: string;
  /** Of all its processes. */
  readonly events: Event[] = [];
  /** Of the latest one. */
  progress: Progress = { delivered: 0, durable: 0, concurrency: 0 };
  lowestConcurrency = Number.POSITIVE_INFINITY;
  readonly stateDirectory: string;
  readonly #plan: Omit<MemberPlan, 'session'>;
  #session = 0;
  #requests = 0;
  #process: ChildProcess | undefined;
  #ready = false;
  #stderr = '';

  constructor(plan: Omit<MemberPlan, 'session'>) {
    this.name = plan.name;
    this.stateDirectory = plan.stateDirectory;
    this.#plan = plan;
  }

  /** Does not wait for `ready`: a store that is away keeps a node waiting. `changes` are for this process only. */
  start(changes: Partial<MemberPlan> = {}): void {
    if (this.running) throw new Error(`${this.name} is running`);
    this.#session += 1;
    this.#stderr = '';
    this.#ready = false;
    this.progress = { delivered: 0, durable: 0, concurrency: 0 };
    const script = new URL('./member-process.ts', import.meta.url);
    const plan: MemberPlan = { ...this.#plan, ...changes, session: this.#session };
    const child = fork(script, [JSON.stringify(plan)], { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4000);
    });
    child.on('message', (message: MemberReport) => this.#take(message));
    this.#process = child;
  }

  get running(): boolean {
    return (
      this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null
    );
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Resolves when the node runs and its subscription exists; rejects with what was said when the process ends. */
  async ready(): Promise<void> {
    if (!this.#ready) await this.#report((message) => message.type === 'ready');
  }

  /** Resolves with the command's value once it is carried out. */
  async do(command: MemberCommand): Promise<unknown> {
    const id = this.#requests++;
    const answer = this.#report(
      (message) => (message.type === 'done' || message.type === 'failed') && message.id === id,
    );
    this.#child.send({ id, command });
    const message = await answer;
    if (message.type === 'failed') throw new Error(`${this.name}: ${message.message}`);
    return (message as Done).value;
  }

  /** Resolves when the latest process has delivered or published so much. */
  async reached(progress: Partial<Progress>): Promise<void> {
    const { delivered = 0, durable = 0 } = progress;
    const enough = () => this.progress.delivered >= delivered && this.progress.durable >= durable;
    if (!enough()) await this.#report((message) => message.type === 'progress' && enough());
  }

  /** Resolves with the facts of the first such event that came after the first `after` of all kinds. */
  async event(name: string, after = 0): Promise<unknown> {
    const came = this.events.slice(after).find((event) => event.name === name);
    if (came) return came.facts;
    const message = await this.#report((report) => report.type === 'event' && report.name === name);
    return (message as Event).facts;
  }

  /** Resolves with the signal when the process dies by itself. */
  async died(): Promise<string | null> {
    const child = this.#child;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.signalCode;
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    if (this.#process) await end(this.#process);
  }

  /** A clean stop; a process that does not end by itself then has left something open. */
  async stop(): Promise<void> {
    const child = this.#child;
    const exit = once(child, 'exit');
    await this.do({ do: 'stop' });
    const late = new AbortController();
    const patience = systemClock.sleep(5000, late.signal).then(
      () => ['never'],
      () => ['in time'],
    );
    const [code] = await Promise.race([exit, patience]);
    late.abort();
    if (code !== 0) throw new Error(`${this.name} did not end cleanly: ${String(code)} ${this.#stderr}`);
  }

  ledger(): LedgerEntry[] {
    if (!existsSync(this.#plan.ledgerFile)) return [];
    const lines = readFileSync(this.#plan.ledgerFile, 'utf8').split('\n');
    return lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as LedgerEntry);
  }

  get #child(): ChildProcess {
    if (!this.#process) throw new Error(`${this.name} was never started`);
    return this.#process;
  }

  #take(message: MemberReport): void {
    if (message.type === 'event') this.events.push(message);
    if (message.type === 'ready') this.#ready = true;
    if (message.type !== 'progress') return;
    this.progress = message;
    this.lowestConcurrency = Math.min(this.lowestConcurrency, message.concurrency);
  }

  #report(wanted: (message: MemberReport) => boolean): Promise<MemberReport> {
    const child = this.#child;
    const { promise, resolve, reject } = Promise.withResolvers<MemberReport>();
    const ended = () => {
      settle();
      reject(new Error(`${this.name} ended (${child.exitCode ?? child.signalCode}): ${this.#stderr}`));
    };
    const onMessage = (message: MemberReport) => {
      if (!wanted(message)) return;
      settle();
      resolve(message);
    };
    const settle = () => {
      child.off('message', onMessage);
      child.off('close', ended);
    };
    child.on('message', onMessage);
    child.on('close', ended);
    if (!this.running) ended();
    return promise;
  }
}
