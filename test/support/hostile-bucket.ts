import { listAll } from '../../src/store/list-all.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { ListPage, ObjectStore } from '../../src/store/object-store.ts';
import type { FakeClock } from './fake-clock.ts';

/** A bucket as somebody shows it who wants one node not to know: GETs and PUTs are honest, listings are what he likes. */
export class HostileBucket {
  readonly #bucket: MemoryStore;
  readonly #clock: FakeClock;
  #shown: ObjectStore;
  /** Keys that no listing has. */
  hides: (key: string) => boolean = () => false;

  constructor(bucket: MemoryStore, clock: FakeClock) {
    this.#bucket = bucket;
    this.#clock = clock;
    this.#shown = bucket;
  }

  /** What is handed to a node. */
  get store(): ObjectStore {
    return new Proxy<ObjectStore>(this.#bucket, {
      get: (bucket, name) => {
        if (name === 'list')
          return async (...args: Parameters<ObjectStore['list']>) =>
            this.#censored(await this.#shown.list(...args));
        const member: unknown = Reflect.get(bucket, name, bucket);
        return typeof member === 'function' ? (member.bind(bucket) as unknown) : member;
      },
    });
  }

  /** What a listing would show now, to be shown later. */
  async remember(): Promise<ObjectStore> {
    const copy = new MemoryStore({ clock: this.#clock });
    for await (const { key } of listAll(this.#bucket, '')) await copy.put(key, new Uint8Array());
    return copy;
  }

  /** From now on listings are of `past`; without it they are honest again. */
  show(past: ObjectStore = this.#bucket): void {
    this.#shown = past;
  }

  #censored(page: ListPage): ListPage {
    return { ...page, objects: page.objects.filter(({ key }) => !this.hides(key)) };
  }
}
