import type { Settings } from '../config/settings.ts';
import { objectFolder } from '../log/object-keys.ts';
import type { ObjectReader } from '../log/object-reader.ts';
import type { ObjectsLister } from '../objects/lister.ts';
import type { ObjectSubscription } from '../objects/object-subscription.ts';
import type { ObjectSubscriptionSpec } from '../objects/object-subscription-parts.ts';
import type { ObjectsCoordinator } from '../objects/objects-coordinator.ts';
import { threadCount } from '../pool/thread-count.ts';
import type { NodeSnapshot } from '../status/node-snapshot.ts';
import type { Foundation } from './foundation.ts';

export interface ObjectsReadingParts {
  readonly limits: Settings['limits'];
  readonly reader: ObjectReader;
  /** Subscriptions of the log. */
  readonly otherReaders: () => number;
  readonly hintsConnected: () => boolean;
}

/** Ranges of a listing under way for each thread. */
const rangesPerThread = 4;

/** The reading of the objects layout, which begins with the first subscription to it; its code is loaded then. */
export class ObjectsReading {
  readonly #foundation: Foundation;
  readonly #parts: ObjectsReadingParts;
  #limits: Settings['limits'];
  #coordinator: Promise<ObjectsCoordinator> | undefined;
  #open: ObjectsCoordinator | undefined;
  #lister: ObjectsLister | undefined;
  #readsOwn = false;

  constructor(foundation: Foundation, parts: ObjectsReadingParts) {
    this.#foundation = foundation;
    this.#parts = parts;
    this.#limits = parts.limits;
  }

  /** Subscriptions that are running. */
  get readers(): number {
    return this.#open?.readers ?? 0;
  }

  /** Absent until somebody subscribed. */
  get coordinator(): ObjectsCoordinator | undefined {
    return this.#open;
  }

  async subscribe(spec: ObjectSubscriptionSpec): Promise<ObjectSubscription> {
    if (spec.includeOwn && !this.#readsOwn) {
      this.#readsOwn = true;
      this.#lister = undefined;
    }
    this.#coordinator ??= this.#start();
    return (await this.#coordinator).subscribe(spec);
  }

  /** Objects have been written, keys as in their store. Whether that may be news to anybody. */
  look(keys: readonly string[]): boolean {
    return this.#open?.look(keys) ?? false;
  }

  limit(limits: Settings['limits']): void {
    this.#limits = limits;
    this.#open?.limit(limits);
  }

  snapshot(): NodeSnapshot['objects'] {
    if (this.#open === undefined) return undefined;
    const { settings, objects } = this.#foundation;
    const { prefix } = settings.objects;
    return { description: `${objects.description} ${prefix}`, ...this.#open.snapshot() };
  }

  async stop(timeoutMs: number): Promise<void> {
    await (await this.#coordinator?.catch(() => undefined))?.stop({ timeoutMs });
  }

  async #start(): Promise<ObjectsCoordinator> {
    const { settings, server, objects } = this.#foundation;
    const { ObjectsCoordinator } = await import('../objects/objects-coordinator.ts');
    const openLister = await this.#listerOpener();
    const { poll, read, retry, stop, hints } = settings;
    const { reader } = this.#parts;
    const coordinator = new ObjectsCoordinator(
      { objects: settings.objects, poll, read, retry, stop, hints, limits: this.#limits, server },
      {
        ...this.#foundation,
        ...this.#parts,
        place: objects.place,
        page: (prefix, signal) => reader.list({ prefix }, { signal }),
        lister: {
          list: (onPage, signal) => {
            this.#lister ??= openLister();
            return this.#lister.list(onPage, signal);
          },
        },
      },
    );
    this.#open = coordinator;
    coordinator.start();
    return coordinator;
  }

  async #listerOpener(): Promise<() => ObjectsLister> {
    const { settings, server, objects } = this.#foundation;
    const { ObjectsLister: Lister } = await import('../objects/lister.ts');
    const { store } = await objects.open();
    const { prefix, shardPages } = settings.objects;
    const atOnce = rangesPerThread * threadCount(settings.pool);
    const parts = { reader: this.#parts.reader, store, prefix, shardPages, atOnce };
    return () => new Lister({ ...parts, ...(!this.#readsOwn && { skip: objectFolder(prefix, server) }) });
  }
}
