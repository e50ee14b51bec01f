import { BucketcastError } from '../base/errors.ts';
import type { RememberedLayout, State } from '../state/state.ts';

/** Throws `invalid-settings` when the subscription is remembered, and reads the other layout. */
export function checkLayout(
  state: Pick<State, 'subscription'>,
  name: string,
  layout: RememberedLayout,
): void {
  const remembered = state.subscription(name)?.layout;
  if (remembered === undefined || remembered === layout) return;
  throw new BucketcastError(
    'invalid-settings',
    `the subscription ${JSON.stringify(name)} reads the ${words[remembered]}, and cannot change to the ${words[layout]}`,
    {
      hint: 'What it has read says nothing about the other layout: give the new subscription another name.',
      details: { subscription: name },
    },
  );
}

const words = { log: 'log', objects: 'objects layout' } as const;
