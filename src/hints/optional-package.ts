import { errorMessage } from '../base/error-message.ts';
import { BucketcastError } from '../base/errors.ts';

/**
 * What `load` imports: a package that is installed only where somebody wants it. Throws `invalid-settings` where it is not.
 *
 * @param setting what wants it: `hints.nats`
 */
export async function optionalPackage<Loaded>(
  name: string,
  setting: string,
  load: () => Promise<Loaded>,
): Promise<Loaded> {
  try {
    return await load();
  } catch (error) {
    const isMissing = (error as { readonly code?: unknown } | null)?.code === 'ERR_MODULE_NOT_FOUND';
    const reason = isMissing ? 'is not installed' : `cannot be loaded (${errorMessage(error)})`;
    throw new BucketcastError('invalid-settings', `${setting}: the package ${name} ${reason}`, {
      hint: `npm install ${name}`,
      cause: error,
      details: { path: setting },
    });
  }
}
