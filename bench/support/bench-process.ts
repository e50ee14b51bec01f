import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** A process that a bench has started, in a group of its own, so that all of it can be ended. */
export interface BenchProcess {
  readonly name: string;
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves when it has ended well; rejects with the end of what it said on standard error. */
  readonly succeeded: Promise<void>;
  /** Ends it with everything it started, and waits until it is gone. */
  stop(): Promise<void>;
}

const keptBytes = 4096;

/** It goes when the signal is aborted, and when this process dies, however that happens. */
export function startProcess(
  command: readonly string[],
  signal: AbortSignal,
  env: Readonly<Record<string, string>> = {},
): BenchProcess {
  signal.throwIfAborted();
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...env },
  });
  const name = command
    .map((part) => basename(part))
    .join(' ')
    .slice(0, 100);
  const killAll = () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-child.pid, 'SIGKILL');
  };
  signal.addEventListener('abort', killAll);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-keptBytes);
  });
  // A child that has gone no longer listens; how it ended says more.
  child.stdin.on('error', () => {});
  const closed = once(child, 'close').finally(() => signal.removeEventListener('abort', killAll));
  const succeeded = closed.then(([code, by]: unknown[]) => {
    signal.throwIfAborted();
    if (code !== 0) throw new Error(`${name} ended with ${String(code ?? by)}\n${errors.trimEnd()}`);
  });
  succeeded.catch(() => {});
  return {
    name,
    stdin: child.stdin,
    stdout: child.stdout,
    succeeded,
    stop: async () => {
      killAll();
      await closed.catch(() => {});
    },
  };
}
