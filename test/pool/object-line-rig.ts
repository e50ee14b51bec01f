import type { TestContext } from 'node:test';
import type { MessagePort } from 'node:worker_threads';
import { createMetrics } from '../../metrics/registry.ts';
import type { ObjectOutcome, ObjectTask } from '../../src/log/object-reader.ts';
import { fetchMeter } from '../../src/pool/fetch-meter.ts';
import { ObjectDesk } from '../../src/pool/object-desk.ts';
import { ObjectLine } from '../../src/pool/object-line.ts';
import type { ObjectOrders } from '../../src/pool/object-parcel.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';

type Fetch = (key: string, signal: AbortSignal) => Promise<ObjectOutcome>;

/** Both ends of a line in one thread, with an object reader of the test's own behind it. */
export class ObjectLineRig {
  readonly clock = new FakeClock();
  readonly metrics = createMetrics();
  /** What came to the desk, message by message. */
  readonly orders: ObjectOrders[] = [];
  /** Parcels that came back. */
  parcels = 0;
  readonly line: ObjectLine;
  fetches = 0;

  constructor(t: TestContext, fetch: Fetch) {
    const reader = {
      fetch: (task: ObjectTask, options?: { readonly signal?: AbortSignal | undefined }) => {
        this.fetches += 1;
        return fetch(task.key, options?.signal as AbortSignal);
      },
    };
    this.line = new ObjectLine({
      meter: fetchMeter(this.metrics),
      connect: (port: MessagePort) => {
        port.on('message', (orders: ObjectOrders) => this.orders.push(orders));
        new ObjectDesk(port, {
          clock: this.clock,
          lag: { take: () => 0 },
          reader: async (observe) => ({
            fetch: async (task, options) => {
              const outcome = await reader.fetch(task, options);
              observe({ operation: 'get', result: 'ok', seconds: 0.001 });
              return outcome;
            },
          }),
        }).open();
      },
      heard: () => {
        this.parcels += 1;
      },
    });
    t.after(() => this.line.close(new Error('the test is over')));
  }

  /** Lets time pass, and messages between the ends, until the promise is settled. */
  async wait<Result>(promise: Promise<Result>): Promise<Result> {
    const settled = promise.then(
      () => true,
      () => true,
    );
    while (!(await Promise.race([settled, settle().then(() => false)]))) await this.clock.advance(10);
    return promise;
  }

  read(key: string, signal?: AbortSignal): Promise<ObjectOutcome> {
    return this.line.run(taskOf(key), signal);
  }
}

export function taskOf(key: string): ObjectTask {
  return { key, digest: '0'.repeat(32), size: 1, lastModified: 1 };
}

export function fetchedOf(text: string, bytes = text.length): ObjectOutcome {
  const record = Buffer.alloc(bytes, text);
  return { status: 'fetched', record, server: text, time: 1 };
}
