import type { Clock } from '../base/clock.ts';
import { isBucketcastError } from '../base/errors.ts';
import { withoutSecrets } from '../base/url-error.ts';
import type { Settings } from '../config/settings.ts';
import { openDispatcher } from './lean-dispatcher.ts';
import { LeanKeys } from './lean-keys.ts';
import { LeanS3Store, type RareCalls } from './lean-s3-store.ts';
import { type LeanWay, wayTo } from './lean-way.ts';
import { LeanWire, staleKeys } from './lean-wire.ts';
import { credentialSource } from './s3-credentials.ts';
import { regionMissing } from './s3-region.ts';
import type { OwnRequestHandler } from './s3-request-handler.ts';
import type { S3Store } from './s3-store.ts';
import type { S3Location } from './s3-url.ts';

/**
 * An S3 store that signs and sends by itself. Sends nothing yet. The SDK is loaded where it has to be asked: for
 * credentials that the settings do not give, for AWS's own endpoints, and for what is requested seldom.
 *
 * @throws BucketcastError `invalid-settings`: no region to be found, one half of a key, a bad proxy or CA file
 */
export async function openLeanStore(
  location: S3Location,
  settings: Settings['store'],
  { clock }: { readonly clock: Pick<Clock, 'now'> },
): Promise<LeanS3Store> {
  let handler: Promise<OwnRequestHandler> | undefined;
  const source = credentialSource(settings, async () => {
    handler ??= import('./s3-request-handler.ts').then(({ createRequestHandler }) =>
      createRequestHandler(settings),
    );
    const { region } = wire;
    return { requestHandler: (await handler).requestHandler, region };
  });
  const keys = new LeanKeys(source, clock);
  const way = await wayIn(location, settings);
  const dispatcher = openDispatcher(settings, way.origin.startsWith('https:') ? 'https' : 'http');
  const wire = new LeanWire({
    dispatcher,
    keys,
    way,
    wayIn: (region) => wayIn(location, settings, region),
    clock,
    times: settings,
  });
  const rare = rareCalls(keys, async () => {
    const { openSdkStore } = await import('./open-sdk-store.ts');
    return openSdkStore({ ...location, region: wire.region }, settings, { clock });
  });
  const { bucket, prefix } = location;
  return new LeanS3Store({
    description: withoutSecrets(settings.url),
    bucket,
    prefix,
    clock,
    wire,
    rare: rare.run,
    async destroy() {
      await Promise.all([dispatcher.destroy(), rare.close()]);
      (await handler)?.destroy();
    },
  });
}

/** @throws BucketcastError `invalid-settings` when there is no region to be found */
async function wayIn(
  location: S3Location,
  settings: Settings['store'],
  region = location.region,
): Promise<LeanWay> {
  const { endpoint } = location;
  if (endpoint !== undefined && region !== undefined) return wayTo(endpoint, location, region);
  const { sdkWay } = await import('./sdk-way.ts');
  try {
    return await sdkWay(location, { region, profile: settings.profile });
  } catch (cause) {
    throw regionMissing(settings.url, cause);
  }
}

/** The SDK keeps keys as long as it thinks good; when the store refuses them, a new client looks for others. */
function rareCalls(keys: LeanKeys, open: () => Promise<S3Store>): { run: RareCalls; close(): Promise<void> } {
  let opened: Promise<S3Store> | undefined;
  const close = async () => {
    const store = opened;
    opened = undefined;
    await (await store)?.close();
  };
  return {
    close,
    async run(call) {
      const used = await keys.current();
      opened ??= open();
      try {
        return await call(await opened);
      } catch (error) {
        const isStale = isBucketcastError(error) && staleKeys.has(String(error.details['s3Code']));
        if (!isStale || !(await keys.renew(used))) throw error;
      }
      await close();
      opened ??= open();
      return call(await opened);
    },
  };
}
