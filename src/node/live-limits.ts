import { checkSettings } from '../config/check-settings.ts';
import type { Settings } from '../config/settings.ts';

export type Limits = Settings['limits'];

/** The limits of this host as they are just now: those of its settings, and what was changed since. */
export class LiveLimits {
  readonly #apply: (limits: Limits) => void;
  #settings: Limits;
  #current: Limits;

  constructor(settings: Limits, apply: (limits: Limits) => void) {
    this.#settings = settings;
    this.#current = settings;
    this.#apply = apply;
  }

  get current(): Limits {
    return this.#current;
  }

  /** Names of those that differ from the settings. */
  get changed(): readonly (keyof Limits)[] {
    const names = Object.keys(this.#current) as (keyof Limits)[];
    return names.filter((name) => this.#current[name] !== this.#settings[name]);
  }

  /** Applies the limits given, at once. Throws `invalid-settings`, and then changes nothing. */
  change(limits: Partial<Limits>): Limits {
    return this.#set(checkSettings({ limits: { ...this.#current, ...limits } }).limits);
  }

  /** New settings: their limits count, whatever was changed before. */
  reload(settings: Limits): void {
    this.#settings = settings;
    this.#set(settings);
  }

  #set(limits: Limits): Limits {
    this.#current = limits;
    this.#apply(limits);
    return limits;
  }
}
