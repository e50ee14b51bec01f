import type { TestContext } from 'node:test';
import { createClient } from 'redis';
import { LoopbackDaemon } from './loopback-daemon.ts';
import { freePorts, installed } from './processes.ts';
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
export class RedisServer extends LoopbackDaemon {
  readonly #adminUrl: string;

  /** Resolves when it listens. `options` are further arguments: `['--requirepass', 'x']`. */
  static async start(t: TestContext, ...options: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePorts(), options);
    t.after(() => server.stop());
    await server.start();
    return server;
  }

  private constructor(port: number, options: readonly string[]) {
    const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', temporaryDirectory()];
    const quick = ['--save', '', '--appendonly', 'no', '--loglevel', 'warning', '--logfile', '/dev/null'];
    super('redis', port, ['redis-server', ...place, ...quick, ...options]);
    const password = options[options.indexOf('--requirepass') + 1];
    this.#adminUrl = options.includes('--requirepass') ? this.url.replace('//', `//:${password}@`) : this.url;
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
