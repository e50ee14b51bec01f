import { after, before, describe, it, type TestContext } from 'node:test';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { describeAborts } from './conformance-abort.ts';
import { describeConditions } from './conformance-conditions.ts';
import { describeKeys } from './conformance-keys.ts';
import { describeListing } from './conformance-listing.ts';
import { describeObjects } from './conformance-objects.ts';
import type { ContractOptions, ContractTest } from './contract-test.ts';

export interface OpenedStore {
  readonly store: ObjectStore;
  close(): Promise<void>;
}

/**
 * What every driver must do, run against each of them. `open` gives an empty store, or the reason to skip
 * (a server that this machine does not have).
 */
export function describeStore(
  name: string,
  open: () => Promise<OpenedStore | { readonly skip: string }>,
  options: ContractOptions,
): void {
  describe(`${name}: the store contract`, () => {
    let opened: OpenedStore | { readonly skip: string };
    let tests = 0;
    before(async () => {
      opened = await open();
    });
    after(async () => {
      if ('store' in opened) await opened.close();
    });

    const test: ContractTest = (title, run) =>
      void it(title, async (t: TestContext) => {
        if ('skip' in opened) {
          t.skip(opened.skip);
          return;
        }
        tests += 1;
        await run(opened.store, `t${tests}/`);
      });

    describeObjects(test, options);
    describeConditions(test);
    describeListing(test, options);
    describeKeys(test);
    describeAborts(test);
  });
}
