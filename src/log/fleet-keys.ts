import { BucketcastError } from '../base/errors.ts';
import type { Settings } from '../config/settings.ts';

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

/** Checks what the settings' own schema cannot: how the keys fit together. Throws `invalid-settings`. */
export function fleetKeys(settings: Settings['encryption']): FleetKeys {
  const ids = settings.keys.map(({ id }) => id);
  const twice = ids.findIndex((id, index) => ids.indexOf(id) !== index);
  if (twice >= 0) throw invalid(`encryption.keys[${twice}].id`, 'expected an id of its own', ids[twice]);
  const { active, required } = settings;
  if (active !== undefined && !ids.includes(active)) {
    throw invalid(
      'encryption.active',
      `expected the id of one of encryption.keys (${ids.join(', ') || 'none'})`,
      active,
    );
  }
  if (required && active === undefined) {
    throw invalid('encryption.active', 'expected the id of a key, since encryption.required is set', active);
  }
  const ring = settings.keys.map(({ id, secret }) => ({
    id,
    secret: new Uint8Array(Buffer.from(secret, 'hex')),
  }));
  return { ring, active, required };
}

function invalid(path: string, expected: string, given: string | undefined): BucketcastError {
  const shown = given === undefined ? 'nothing' : JSON.stringify(given);
  return new BucketcastError('invalid-settings', `${path}: ${expected}, got ${shown}`, { details: { path } });
}
