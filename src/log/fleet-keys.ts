/** One encryption key of the fleet: an id that goes into every segment, and 32 secret bytes. */
export interface FleetKey {
  /** `[a-z0-9]{1,16}` */
  readonly id: string;
  readonly secret: Uint8Array;
}

/** The keys a node can read with, and the one it writes with. Structured-cloneable: it is handed to worker threads. */
export interface FleetKeys {
  readonly ring: readonly FleetKey[];
  /** Id of the key that new segments are sealed with; none writes plaintext. */
  readonly active: string | undefined;
  /** Refuse segments that are not sealed. */
  readonly required: boolean;
}

export const noKeys: FleetKeys = { ring: [], active: undefined, required: false };
