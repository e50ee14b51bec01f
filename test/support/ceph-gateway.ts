import { type ChildProcess, spawn } from 'node:child_process';
import { end, freePorts, listening } from './processes.ts';

/** An S3 gateway that a test may mistreat. */
export interface CephGateway {
  readonly endpoint: string;
  readonly pid: number;
  /** `kill -9`; the port then refuses connections. */
  kill(): Promise<void>;
  /** Starts it again on the same port after `kill()`. */
  restart(): Promise<void>;
  /** Stops it in its tracks: connections are accepted by the kernel and never answered. */
  hang(): void;
  resume(): void;
  stop(): Promise<void>;
}

export async function startGateway(
  script: string,
  directory: string,
  maxRequests?: number,
): Promise<CephGateway> {
  const port = await freePorts();
  let child = await start();

  async function start(): Promise<ChildProcess> {
    const options = maxRequests === undefined ? [] : [String(maxRequests)];
    const started = spawn(script, ['gateway', directory, String(port), ...options], { stdio: 'ignore' });
    await listening(port, started);
    return started;
  }

  return {
    endpoint: `http://127.0.0.1:${port}`,
    get pid() {
      return child.pid as number;
    },
    kill: () => end(child),
    async restart() {
      child = await start();
    },
    hang() {
      child.kill('SIGSTOP');
    },
    resume() {
      child.kill('SIGCONT');
    },
    stop: () => end(child),
  };
}
