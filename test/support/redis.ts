import { type ChildProcess, spawn } from 'node:child_process';
import type { TestContext } from 'node:test';
import { createClient } from 'redis';
import { end, freePorts, installed, listening } from './processes.ts';
import { skipUnless } from './required-servers.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const missingRedis = 'Redis is not installed (Debian: redis-server)';

/** Whether the test has to be skipped for want of a Redis server; says so in the test. */
export function skipsWithoutRedis(t: TestContext): boolean {
  const missing = skipUnless(installed('redis-server'), missingRedis);
  if (missing) t.skip(missing.skip);
  return missing !== undefined;
}

/** A real Redis server on a port of loopback of its own, ended with the test. */
export class RedisServer {
  readonly port: number;
  readonly url: string;
  readonly #arguments: readonly string[];
  readonly #adminUrl: string;
  #child: ChildProcess | undefined;

  /** Resolves when it listens. `options` are further arguments: `['--requirepass', 'x']`. */
  static async start(t: TestContext, ...options: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePorts(), options);
    t.after(() => server.stop());
    await server.start();
    return server;
  }

  private constructor(port: number, options: readonly string[]) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    const password = options[options.indexOf('--requirepass') + 1];
    this.#adminUrl = options.includes('--requirepass') ? this.url.replace('//', `//:${password}@`) : this.url;
    const place = ['--bind', '127.0.0.1', '--dir', temporaryDirectory()];
    const quick = ['--save', '', '--appendonly', 'no', '--loglevel', 'warning', '--logfile', '/dev/null'];
    this.#arguments = [...place, ...quick, ...options];
  }

  /** Again, on the same port, after `stop`. */
  async start(): Promise<void> {
    const child = spawn('redis-server', ['--port', String(this.port), ...this.#arguments], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
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

  /** One command of an operator, on a connection of its own. */
  async command(...args: string[]): Promise<unknown> {
    const client = createClient({ url: this.#adminUrl, RESP: 2, socket: { reconnectStrategy: false } });
    client.on('error', () => {});
    await client.connect();
    try {
      return await client.sendCommand(args);
    } finally {
      client.destroy();
    }
  }
}
