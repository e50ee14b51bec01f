import { type ChildProcess, spawn } from 'node:child_process';
import { end, listening } from './processes.ts';

/** A real server in a process of its own, on a port of loopback of its own. */
export class LoopbackDaemon {
  readonly port: number;
  readonly url: string;
  readonly #command: readonly [program: string, ...words: string[]];
  #child: ChildProcess | undefined;

  protected constructor(scheme: string, port: number, command: readonly [string, ...string[]]) {
    this.port = port;
    this.url = `${scheme}://127.0.0.1:${port}`;
    this.#command = command;
  }

  /** Resolves when it listens. Again, on the same port, after `stop`. */
  async start(): Promise<void> {
    const [program, ...words] = this.#command;
    const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit'] });
    this.#child = child;
    await listening(this.port, child);
  }

  /** At once, as if the machine had lost its power. */
  async stop(): Promise<void> {
    if (this.#child) await end(this.#child);
  }

  /** It goes on listening, and answers nothing more until `wake`. */
  hang(): void {
    this.#child?.kill('SIGSTOP');
  }

  wake(): void {
    this.#child?.kill('SIGCONT');
  }
}
