import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { BucketcastError } from '../../src/base/errors.ts';
import type { Update } from '../../src/base/update.ts';
import type { SinkOf } from '../../src/config/sink-settings.ts';
import type { CommandEnvironment } from '../../src/sinks/command-environment.ts';
import { CommandSink } from '../../src/sinks/command-sink.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { sinkControl, sinkUpdate } from './sink-updates.ts';

export interface CommandRigOptions extends Partial<SinkOf<'command'>> {
  readonly own?: CommandEnvironment;
}

/** A sink whose command works in a new directory, what it acknowledged, and what was logged. */
export class CommandRig {
  readonly path = temporaryDirectory();
  readonly logged: { readonly facts: object; readonly message: string }[] = [];
  readonly settings: SinkOf<'command'>;
  readonly sink: CommandSink;
  readonly control = sinkControl();
  #timeOut: (() => void) | undefined;

  constructor({ own, ...settings }: CommandRigOptions) {
    this.settings = {
      type: 'command',
      command: ['sh', '-c', 'exit 0'],
      mode: 'batch',
      poisonExitCode: 65,
      timeoutMs: 20_000,
      environment: {},
      directory: this.path,
      ...settings,
    };
    const info = (facts: object, message: string) => void this.logged.push({ facts, message });
    const logger = { debug: info, info, warn: info, error: info };
    const parts = { clock: this.#clock(), logger, subscription: 'test', graceMs: 100 };
    this.sink = new CommandSink(this.settings, { ...parts, ...(own !== undefined && { environment: own }) });
  }

  /** The time for a batch, or for an answer, is over: that does not happen by itself. */
  timeOut(): void {
    if (this.#timeOut === undefined) throw new Error('nothing is timed');
    this.#timeOut();
  }

  #clock(): Clock {
    const after: Clock['after'] = (ms, action) => {
      if (ms !== this.settings.timeoutMs) return systemClock.after(ms, action);
      this.#timeOut = action;
      return () => {
        if (this.#timeOut === action) this.#timeOut = undefined;
      };
    };
    return { ...systemClock, after };
  }

  deliver(...batch: Update[]): Promise<void> {
    return this.sink.deliver(batch, this.control);
  }

  /** What the command has written to a file of its directory, without the last newline; nothing yet: empty. */
  read(name: string): string {
    const path = join(this.path, name);
    return existsSync(path) ? readFileSync(path, 'utf8').trimEnd() : '';
  }

  /** Waits until it has written there, a whole line at least. */
  async written(name: string): Promise<string> {
    const path = join(this.path, name);
    while (!existsSync(path) || !readFileSync(path, 'utf8').includes('\n')) await look();
    return this.read(name);
  }

  /** Waits until this is logged. */
  async said(message: RegExp): Promise<void> {
    while (!this.logged.some((line) => message.test(line.message))) await look();
  }
}

export function sh(script: string): { readonly command: string[] } {
  return { command: ['sh', '-c', script] };
}

export function updates(count: number): Update[] {
  return Array.from({ length: count }, (_, n) => sinkUpdate({ at: n + 1 }));
}

/** Waits until the process is no more, or a zombie that nobody takes care of. */
export async function gone(pid: number): Promise<void> {
  while (isRunning(pid)) await look();
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function look(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

/** Starts a child that SIGTERM does not end, whose pid stands in the file `child`. A test that fails leaves it, for a minute. */
export const stubborn =
  `sh -c 'trap "" TERM; echo $$ > child; n=0; while [ $n -lt 60 ]; do sleep 1; n=$((n + 1)); done' & ` +
  'while [ ! -s child ]; do sleep 0.01; done';

export async function troubleOf(delivery: Promise<void>): Promise<BucketcastError> {
  try {
    await delivery;
  } catch (error) {
    if (error instanceof BucketcastError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
