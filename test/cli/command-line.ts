import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { Readable, Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import { Output } from '../../src/cli/output.ts';
import { runCli } from '../../src/cli/program.ts';
import type { Environment } from '../../src/config/environment.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;

/** Nobody here saves on requests, and nobody takes a port that others may want. */
const brisk: Environment = {
  BUCKETCAST_POLL_MIN_MS: '10',
  BUCKETCAST_PUBLISH_TIP_INTERVAL_MS: '10',
  BUCKETCAST_HTTP_PORT: '0',
};

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Given {
  readonly input?: string | Buffer;
  readonly environment?: Environment;
  readonly isTerminal?: boolean;
}

/** Runs a command line in this process: quick, and all the same but for the process around it. */
export async function command(words: readonly string[], given: Given = {}): Promise<Ended> {
  const out = new Collector(given.isTerminal);
  const err = new Collector(given.isTerminal);
  const output = new Output(out);
  const input = Readable.from(given.input === undefined ? [] : [Buffer.from(given.input)]);
  const session = {
    environment: { BUCKETCAST_LOG_LEVEL: 'silent', ...brisk, ...given.environment },
    hostname: 'host-1',
    input,
    output,
    errors: err,
    signal: output.gone,
    onHangUp() {},
  };
  const code = await runCli(words, session);
  return { code, out: out.text, err: err.text };
}

/** A server of its own on a store of its own; `words` are the flags that name them. */
export function workplace(server = 'a') {
  const directory = temporaryDirectory();
  const at = (name: string, state = name) => [
    '--store',
    `file:${directory}/store`,
    '--server',
    name,
    '--state',
    `${directory}/${state}`,
  ];
  return { directory, store: ['--store', `file:${directory}/store`], words: at(server), at };
}

/** The real thing, as a process in a directory of its own; killed when the test ends. */
export function startCli(
  t: TestContext,
  words: readonly string[],
  environment: Environment = {},
): CliProcess {
  const child = spawn(process.execPath, [main, ...words], {
    cwd: temporaryDirectory(),
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...brisk, ...environment },
  });
  t.after(() => child.kill('SIGKILL'));
  return new CliProcess(child);
}

export class CliProcess {
  readonly child: ChildProcess;
  readonly lines: Interface;
  readonly errorLines: AsyncIterator<string>;
  #out = '';
  #err = '';

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#out += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#err += text));
    this.lines = createInterface(child.stdout as Readable);
    this.errorLines = createInterface(child.stderr as Readable)[Symbol.asyncIterator]();
    child.stdin?.on('error', () => {});
  }

  async ended(): Promise<Ended> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close');
    return { code: this.child.exitCode, out: this.#out, err: this.#err };
  }

  /** Reads standard error up to a line that matches. */
  async told(pattern: RegExp): Promise<string> {
    for (;;) {
      const { value, done } = await this.errorLines.next();
      if (done) throw new Error(`ended without telling of ${pattern}; told:\n${this.#err}`);
      if (pattern.test(value)) return value;
    }
  }
}

class Collector extends Writable {
  text = '';
  readonly isTTY: boolean;

  constructor(isTTY = false) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
