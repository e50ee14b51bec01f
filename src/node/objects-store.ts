import { hash } from 'node:crypto';
import { withoutSecrets } from '../base/url-error.ts';
import type { Settings } from '../config/settings.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { checkLogIsApart, objectsStoreSettings } from '../store/objects-store-url.ts';
import { openStore } from '../store/open-store.ts';
import { storePlace } from '../store/store-place.ts';
import { type LayeredStore, type LayerParts, layeredStore } from './layered-store.ts';

/** The store of the objects layout, opened when it is first asked for: most nodes never do. */
export class ObjectsStore {
  readonly settings: Settings['store'];
  readonly #setting: 'objects.url' | undefined;
  readonly #given: Pick<Settings, 'store' | 'objects'>;
  readonly #handedIn: ObjectStore | undefined;
  readonly #parts: LayerParts;
  #driver: Promise<ObjectStore> | undefined;
  #layered: Promise<LayeredStore> | undefined;

  /** A driver that was handed in for the log serves both layouts. */
  constructor(
    settings: Pick<Settings, 'store' | 'objects'>,
    parts: LayerParts,
    handedIn: ObjectStore | undefined,
  ) {
    this.settings = objectsStoreSettings(settings);
    this.#given = settings;
    this.#setting = settings.objects.url === undefined ? undefined : 'objects.url';
    this.#parts = parts;
    this.#handedIn = handedIn;
  }

  /** For people: the URL without secrets. */
  get description(): string {
    return this.#handedIn?.description ?? withoutSecrets(this.settings.url);
  }

  /**
   * What tells its objects from those of another place, also where settings of the connection change. All drivers that were
   * handed in are one place: what they say of themselves is for people. Throws `invalid-settings`.
   */
  get place(): string {
    const { prefix } = this.#given.objects;
    const store = this.#handedIn ? '' : storePlace(this.settings.url, this.#setting);
    return hash('sha256', `${store}\0${prefix}`, 'hex').slice(0, 32);
  }

  /** Throws `invalid-settings`. Does not talk to the bucket. */
  open(): Promise<LayeredStore> {
    this.#layered ??= this.#open();
    return this.#layered;
  }

  async close(): Promise<void> {
    await (await this.#driver?.catch(() => undefined))?.close();
  }

  async #open(): Promise<LayeredStore> {
    if (this.#handedIn) return layeredStore(this.#handedIn, this.#parts);
    checkLogIsApart(this.#given);
    this.#driver ??= openStore(this.settings, { setting: this.#setting });
    return layeredStore(await this.#driver, this.#parts);
  }
}
