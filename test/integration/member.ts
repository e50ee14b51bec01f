import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { LedgerEntry } from '../ledger/entries.ts';
import type { MemberCommand, MemberPlan, MemberReport } from './member-process.ts';

/** Starts, drives and kills a member process; its state directory and ledger file outlive each process. */
export class Member {
  readonly #plan: Omit<MemberPlan, 'session'>;
  readonly events: Extract<MemberReport, { type: 'event' }>[] = [];
  #session = 0;
  #process: ChildProcess | undefined;
  #stderr = '';

  constructor(plan: Omit<MemberPlan, 'session'>) {
    this.#plan = plan;
  }

  /** Does not wait for `ready`: a store that is away keeps a node waiting. */
  start(env: NodeJS.ProcessEnv = {}): void {
    this.#session += 1;
    const script = new URL('./member-process.ts', import.meta.url);
    const plan: MemberPlan = { ...this.#plan, session: this.#session };
    const child = fork(script, [JSON.stringify(plan)], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4000);
    });
    child.on('message', (message: MemberReport) => {
      if (message.type === 'event') this.events.push(message);
    });
    this.#process = child;
  }

  async ready(): Promise<void> {
    await this.#report((message) => message.type === 'ready');
  }

  /** Resolves with the command's value once it is carried out. */
  async do(command: MemberCommand): Promise<unknown> {
    const done = this.#report((message) => message.type === 'done' && message.command === command.do);
    this.send(command);
    const message = await done;
    return message.type === 'done' ? message.value : undefined;
  }

  send(command: MemberCommand): void {
    this.#process?.send(command);
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    this.#process = undefined;
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(name);
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null) return;
    const exit = once(child, 'exit');
    this.send({ do: 'stop' });
    await exit;
    this.#process = undefined;
  }

  /** Resolves when the member has reported such an event, also when it already has. */
  async event(name: string): Promise<unknown> {
    const before = this.events.find((event) => event.name === name);
    if (before) return before.facts;
    const message = await this.#report((report) => report.type === 'event' && report.name === name);
    return message.type === 'event' ? message.facts : undefined;
  }

  ledger(): LedgerEntry[] {
    if (!existsSync(this.#plan.ledgerFile)) return [];
    const lines = readFileSync(this.#plan.ledgerFile, 'utf8').split('\n');
    return lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as LedgerEntry);
  }

  #report(wanted: (message: MemberReport) => boolean): Promise<MemberReport> {
    const child = this.#process;
    if (!child) return Promise.reject(new Error(`${this.#plan.server} is not running`));
    const { promise, resolve, reject } = Promise.withResolvers<MemberReport>();
    const onMessage = (message: MemberReport) => {
      if (wanted(message)) settle(() => resolve(message));
      else if (message.type === 'failed')
        settle(() => reject(new Error(`${this.#plan.server}: ${message.message}`)));
    };
    const onExit = (code: number | null, signal: string | null) =>
      settle(() => reject(new Error(`${this.#plan.server} ended (${code ?? signal}): ${this.#stderr}`)));
    const settle = (how: () => void) => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      how();
    };
    child.on('message', onMessage);
    child.on('exit', onExit);
    return promise;
  }
}
