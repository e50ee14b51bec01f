import { BucketcastError } from '../base/errors.ts';
import type { State } from '../state/state.ts';

/**
 * Throws `invalid-settings` when the subscription has read the objects of another place: to it all objects of this one were
 * new, and what it has yet to fetch were missing. The first place that is seen is the subscription's.
 */
export function checkPlace({ objects }: Pick<State, 'objects'>, name: string, place: string): void {
  const reader = objects.reader(name) as number;
  const remembered = objects.place(reader);
  if (remembered === place) return;
  if (remembered === undefined) {
    objects.setPlace(reader, place);
    return;
  }
  throw new BucketcastError(
    'invalid-settings',
    `the subscription ${JSON.stringify(name)} has read the objects of another place: objects.url (by default the bucket of store.url) or objects.prefix has changed since`,
    {
      hint: 'Give the subscription another name, and say with `from` where it is to begin; or set objects.url and objects.prefix back.',
      details: { subscription: name },
    },
  );
}
