import type { Delivered, Durable, Lost, Place } from './entries.ts';

export interface Reader {
  readonly server: string;
  readonly start: Map<string, Place>;
  readonly tokens: Set<string>;
  readonly dead: Set<string>;
  readonly accepted: Set<string>;
  readonly lost: Lost[];
  /** By lane: the last delivery, the places ever delivered in rising order, and what is acknowledged. */
  readonly last: Map<string, Delivered>;
  readonly places: Map<string, Delivered[]>;
  readonly acknowledged: Map<string, Place>;
}

export interface Book {
  readonly calls: Map<string, { readonly order: number; readonly server: string; readonly digest: string }>;
  readonly durable: Map<string, Durable>;
  readonly spooled: Map<string, SpooledUpdate>;
  readonly readers: Map<string, Reader>;
  /** By reader: what it need not have received, since an unknown loss was reported afterwards. */
  readonly excused: Map<string, ReadonlySet<string>>;
  /** Repeats that left something out. */
  readonly skipped: { readonly reader: Reader; readonly place: Delivered; readonly violation: string }[];
  readonly violations: string[];
  deliveries: number;
  repeats: number;
}

/** An update that was answered for while it was on its server's disk only. */
export interface SpooledUpdate {
  readonly id: string;
  /** How many entries were written before it. */
  readonly at: number;
  /** Where readers found it: more than one after a crash between a PUT and the deletion from the disk. */
  readonly places: Place[];
  /** Readers that were there before it. */
  readonly readers: ReadonlySet<string>;
}
