import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Environment } from '../config/environment.ts';
import type { LineStream } from './bounded-lines.ts';
import { exitCode, Interruption } from './exit-code.ts';
import { Output } from './output.ts';

/** The process around a command: what it reads, where it writes, and when it has to stop. */
export interface Session {
  readonly environment: Environment;
  readonly hostname: string;
  readonly input: Readable;
  readonly output: Output;
  /** For people: messages and logs. */
  readonly errors: LineStream & { readonly isTTY?: boolean };
  /** Aborts on SIGINT, SIGTERM, or when the reader of the output goes away; the reason is an `Interruption`. */
  readonly signal: AbortSignal;
  /**
   * From now on SIGHUP calls `listener`, where it would end the process otherwise. One that comes because our terminal
   * was closed still means the end: `signal` aborts.
   */
  onHangUp(listener: () => void): void;
}

export function openSession(process: NodeJS.Process, hostname: string): Session {
  const output = new Output(process.stdout);
  const signals = new AbortController();
  const stopOn = (name: NodeJS.Signals, code: 130 | 143) => {
    process.on(name, () => {
      // Asked twice: the stop itself takes too long for somebody.
      if (signals.signal.aborted) process.exit(code);
      signals.abort(new Interruption(name, code));
    });
  };
  stopOn('SIGINT', exitCode.interrupted);
  stopOn('SIGTERM', exitCode.terminated);
  // Nobody is left to tell: a log line that cannot be written must not end the node.
  process.stderr.on('error', () => {});
  return {
    environment: process.env,
    hostname,
    input: process.stdin,
    output,
    errors: process.stderr,
    signal: AbortSignal.any([signals.signal, output.gone]),
    onHangUp(listener) {
      const hadTerminal = process.stderr.isTTY;
      process.on('SIGHUP', () => {
        if (hadTerminal && !hasTerminal()) signals.abort(new Interruption('SIGHUP', exitCode.hungUp));
        else listener();
      });
    },
  };
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
