import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order, Report, ServerPlan } from './messages.ts';

/** The server processes of one demonstration. */
export class Fleet {
  /** Rejects when a server ends before it was told to. */
  readonly failed: Promise<never>;
  readonly #children: readonly ChildProcess[];
  #stopping = false;

  constructor(plans: readonly ServerPlan[], onReport: (server: string, report: Report) => void) {
    const failed = Promise.withResolvers<never>();
    this.failed = failed.promise;
    this.failed.catch(() => {});
    this.#children = plans.map((plan) => {
      const child = fork(fileURLToPath(new URL('./server.ts', import.meta.url)), [JSON.stringify(plan)]);
      child.on('message', (report) => onReport(plan.server, report as Report));
      child.on('exit', (code, signal) => {
        if (!this.#stopping)
          failed.reject(new Error(`${plan.server} ended with ${signal ?? `exit code ${code}`}`));
      });
      return child;
    });
  }

  tell(order: Order): void {
    // A server that ends just now does not take the order; its exit is what counts.
    for (const child of this.#running) child.send(order, () => {});
  }

  /** Lets every server drain and end; whoever does not within ten seconds is killed. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.tell('stop');
    const deadline = setTimeout(() => {
      for (const child of this.#running) child.kill('SIGKILL');
    }, 10_000);
    await Promise.all(this.#running.map((child) => once(child, 'exit')));
    clearTimeout(deadline);
  }

  get #running(): ChildProcess[] {
    return this.#children.filter((child) => child.exitCode === null && child.signalCode === null);
  }
}
