import type { TestContext } from 'node:test';
import { LoopbackDaemon } from './loopback-daemon.ts';
import { freePorts, installed } from './processes.ts';
import { skipUnless } from './required-servers.ts';

/** Whether the test has to be skipped for want of a NATS server; says so in the test. */
export function skipsWithoutNats(t: TestContext): boolean {
  const missing = skipUnless(installed('nats-server'), 'NATS is not installed (Debian: nats-server)');
  if (missing) t.skip(missing.skip);
  return missing !== undefined;
}

/** A real NATS server on a port of loopback of its own, ended with the test. */
export class NatsServer extends LoopbackDaemon {
  /** Resolves when it listens. `options` are further arguments: `['--user', 'x', '--pass', 'y']`. */
  static async start(t: TestContext, ...options: string[]): Promise<NatsServer> {
    const server = new NatsServer(await freePorts(), options);
    t.after(() => server.stop());
    await server.start();
    return server;
  }

  private constructor(port: number, options: readonly string[]) {
    super('nats', port, [
      'nats-server',
      '--addr',
      '127.0.0.1',
      '--port',
      String(port),
      '--log',
      '/dev/null',
      ...options,
    ]);
  }
}
