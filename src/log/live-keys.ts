import { BucketcastError } from '../base/errors.ts';
import type { FleetKey, FleetKeys } from './fleet-keys.ts';

/**
 * The keys of a running node. Every part holds this one object and looks at it whenever it seals, signs or checks, so that new
 * keys count everywhere at once. Its fields are its own, so a copy that goes to another thread is of what counts then.
 */
export class LiveKeys implements FleetKeys {
  ring: readonly FleetKey[];
  active: string | undefined;
  required: boolean;

  constructor({ ring, active, required }: FleetKeys) {
    this.ring = ring;
    this.active = active;
    this.required = required;
  }

  /** As they are just now. */
  get current(): FleetKeys {
    const { ring, active, required } = this;
    return { ring, active, required };
  }

  /** Whether anything has changed by it. Throws `invalid-settings` as `checkNewKeys` does, and then changes nothing. */
  replace(next: FleetKeys): boolean {
    checkNewKeys(this, next);
    if (areEqual(this, next)) return false;
    this.ring = next.ring;
    this.active = next.active;
    this.required = next.required;
    return true;
  }
}

/** An id stands for one secret for ever: throws `invalid-settings` where it would get another while it is in use. */
function checkNewKeys(before: Pick<FleetKeys, 'ring'>, next: FleetKeys): void {
  for (const [index, key] of next.ring.entries()) {
    const known = before.ring.find(({ id }) => id === key.id);
    if (known === undefined || sameSecret(known, key)) continue;
    const path = `encryption.keys[${index}].secret`;
    const message = `${path}: expected the secret that the key "${key.id}" has had since the start, got another`;
    throw new BucketcastError('invalid-settings', message, {
      hint: 'Give a new key an id of its own (`bucketcast keygen`), and keep the old one beside it.',
      details: { path },
    });
  }
}

function areEqual(a: FleetKeys, b: FleetKeys): boolean {
  const ids = ({ ring }: FleetKeys) => ring.map(({ id }) => id).join();
  return ids(a) === ids(b) && a.active === b.active && a.required === b.required;
}

function sameSecret(a: FleetKey, b: FleetKey): boolean {
  return Buffer.compare(a.secret, b.secret) === 0;
}
