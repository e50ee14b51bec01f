import type { NewUpdate } from '../base/update.ts';
import type { FoundFleet } from '../log/fleet-id.ts';
import type { Published, PublishOptions, Spooled } from '../publish/published.ts';
import { Publisher } from '../publish/publisher.ts';
import type { Spool } from '../publish/spool.ts';
import type { UpdateEncoder } from '../publish/update-encoder.ts';
import type { Foundation } from './foundation.ts';

export interface PublishingParts {
  readonly encoder: UpdateEncoder;
  /** A guest has none: the node's own is drained by the node. */
  readonly spool?: Spool | undefined;
}

/** The writing side in a fleet: the publisher, and the spool before it. */
export class Publishing {
  readonly publisher: Publisher;
  readonly #spool: Spool | undefined;
  readonly #clock: Foundation['clock'];

  constructor(foundation: Foundation, { fleetId, time }: FoundFleet, { encoder, spool }: PublishingParts) {
    const { settings, server, keys, clock } = foundation;
    const role = spool === undefined ? 'guest' : 'node';
    const fleet = { ...settings, settings: settings.publish, server, fleetId, keys, role } as const;
    this.publisher = new Publisher(fleet, foundation, encoder);
    this.publisher.observeStoreTime(time);
    this.#spool = spool;
    this.#clock = clock;
  }

  start(): void {
    this.publisher.start();
    this.#spool?.attach(this.publisher);
  }

  publish(update: NewUpdate, options?: PublishOptions): Promise<Published | Spooled> {
    return (this.#spool ?? this.publisher).publish(update, options);
  }

  /** Resolves once everything published so far is durable, and every poll of the bucket finds it. */
  async flush(): Promise<void> {
    await this.#spool?.drained();
    await this.publisher.flush();
  }

  /** What the publisher still gets into the bucket while it stops is deleted from the spool. */
  async stop(timeoutMs: number): Promise<void> {
    const end = this.#clock.monotonic() + timeoutMs;
    await this.#spool?.stop({ timeoutMs });
    await this.publisher.stop({ timeoutMs: Math.max(0, end - this.#clock.monotonic()) });
  }
}
