import type { NewUpdate } from '../base/update.ts';
import type { Announcer } from '../hints/announcer.ts';
import type { FoundFleet } from '../log/fleet-id.ts';
import { ObjectPublisher } from '../publish/object-publisher.ts';
import type { Published, PublishOptions, Spooled } from '../publish/published.ts';
import { Publisher, type PublisherSnapshot } from '../publish/publisher.ts';
import type { Spool } from '../publish/spool.ts';
import type { TrimParts } from '../publish/trim-lane.ts';
import type { UpdateEncoder } from '../publish/update-encoder.ts';
import type { Foundation } from './foundation.ts';

export interface PublishingParts {
  readonly encoder: UpdateEncoder;
  /** A guest has none: the node's own is drained by the node. */
  readonly spool?: Spool | undefined;
  /** Where updates go as objects, too: `objectsToPublish`. */
  readonly objects?: Foundation['store'] | undefined;
  /** Told what is published. */
  readonly announcer?: Announcer | undefined;
  /** @see TrimParts.floor */
  readonly floor?: TrimParts['floor'];
}

/** The store that updates are also written to as objects; `undefined` unless `objects.publish` is on. */
export async function objectsToPublish({
  settings,
  objects,
}: Foundation): Promise<PublishingParts['objects']> {
  return settings.objects.publish ? (await objects.open()).store : undefined;
}

/** The writing side in a fleet: the publisher, what writes its updates as objects, and the spool before them. */
export class Publishing {
  readonly publisher: Publisher;
  readonly #objects: ObjectPublisher | undefined;
  readonly #spool: Spool | undefined;
  readonly #clock: Foundation['clock'];

  constructor(
    foundation: Foundation,
    { fleetId, time }: FoundFleet,
    { encoder, spool, objects, announcer, floor }: PublishingParts,
  ) {
    const { settings, server, keys, clock } = foundation;
    const role = spool === undefined ? 'guest' : 'node';
    const fleet = { ...settings, settings: settings.publish, server, fleetId, keys, role } as const;
    this.publisher = new Publisher(fleet, { ...foundation, announcer, floor }, encoder);
    this.publisher.observeStoreTime(time);
    if (objects !== undefined) {
      const { maxPendingBytes } = settings.publish;
      const { prefix } = settings.objects;
      this.#objects = new ObjectPublisher(
        { prefix, server, fleetId, retry: settings.retry, maxPendingBytes },
        { ...foundation, store: objects, publisher: this.publisher, encoder },
      );
    }
    this.#spool = spool;
    this.#clock = clock;
  }

  start(): void {
    this.publisher.start();
    this.#spool?.attach(this.#outlet);
  }

  publish(update: NewUpdate, options?: PublishOptions): Promise<Published | Spooled> {
    return (this.#spool ?? this.#outlet).publish(update, options);
  }

  /** Resolves once everything published so far is durable, and every poll of the bucket finds it. */
  async flush(): Promise<void> {
    await this.#spool?.drained();
    await this.#outlet.flush();
  }

  snapshot(): PublisherSnapshot {
    const log = this.publisher.snapshot();
    if (this.#objects === undefined) return log;
    const { written: _, ...objects } = this.#objects.snapshot();
    const trouble = log.trouble ?? objects.trouble;
    return { ...log, ...objects, ...(trouble !== undefined && { trouble }) };
  }

  /** What the publisher still gets into the bucket while it stops is deleted from the spool. */
  async stop(timeoutMs: number): Promise<void> {
    const end = this.#clock.monotonic() + timeoutMs;
    await this.#spool?.stop({ timeoutMs });
    await this.#outlet.stop({ timeoutMs: Math.max(0, end - this.#clock.monotonic()) });
  }

  get #outlet(): Publisher | ObjectPublisher {
    return this.#objects ?? this.publisher;
  }
}
