import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../test/support/processes.ts';
import { startProcess } from './bench-process.ts';

/** A server that a peer reads from or writes to, on a port of loopback of its own. */
export interface PeerServer extends AsyncDisposable {
  readonly port: number;
}

/** Without persistence, unless the options ask for it: `'--appendonly', 'yes', '--appendfsync', 'always'`. */
export function startRedis(
  directory: string,
  signal: AbortSignal,
  options: readonly string[] = [],
): Promise<PeerServer> {
  const place = ['--bind', '127.0.0.1', '--dir', directory, '--loglevel', 'warning'];
  const volatile = ['--save', '', '--appendonly', 'no'];
  return start(signal, (port) => ['redis-server', '--port', `${port}`, ...place, ...volatile, ...options]);
}

export function startNats(directory: string, signal: AbortSignal): Promise<PeerServer> {
  return start(signal, (port) => [
    'nats-server',
    '-a',
    '127.0.0.1',
    '-p',
    `${port}`,
    '-js',
    '-sd',
    directory,
  ]);
}

async function start(signal: AbortSignal, command: (port: number) => readonly string[]): Promise<PeerServer> {
  const port = await freePorts();
  const server = startProcess(command(port), signal);
  server.stdout.resume();
  const ended = server.succeeded.then(() => {
    throw new Error(`${server.name} ended before it listened`);
  });
  await Promise.race([listening(port, signal), ended]);
  return { port, [Symbol.asyncDispose]: () => server.stop() };
}

async function listening(port: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await sleep(20, undefined, { signal });
    } finally {
      socket.destroy();
    }
  }
}
