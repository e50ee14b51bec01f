import { type ChildProcess, spawn } from 'node:child_process';
import type { TestContext } from 'node:test';
import { end, freePorts, installed, listening } from './processes.ts';
import { skipUnless } from './required-servers.ts';

/** Whether the test has to be skipped for want of a NATS server; says so in the test. */
export function skipsWithoutNats(t: TestContext): boolean {
  const missing = skipUnless(installed('nats-server'), 'NATS is not installed (Debian: nats-server)');
  if (missing) t.skip(missing.skip);
  return missing !== undefined;
}

/** A real NATS server on a port of loopback of its own, ended with the test. */
export class NatsServer {
  readonly port: number;
  readonly url: string;
  readonly #arguments: readonly string[];
  #child: ChildProcess | undefined;

  /** Resolves when it listens. `options` are further arguments: `['--user', 'x', '--pass', 'y']`. */
  static async start(t: TestContext, ...options: string[]): Promise<NatsServer> {
    const server = new NatsServer(await freePorts(), options);
    t.after(() => server.stop());
    await server.start();
    return server;
  }

  private constructor(port: number, options: readonly string[]) {
    this.port = port;
    this.url = `nats://127.0.0.1:${port}`;
    this.#arguments = ['--addr', '127.0.0.1', '--port', String(port), ...options];
  }

  /** Again, on the same port, after `stop`. */
  async start(): Promise<void> {
    const child = spawn('nats-server', this.#arguments, { stdio: 'ignore' });
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
