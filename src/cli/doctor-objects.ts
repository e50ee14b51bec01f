import type { CompleteSettings } from '../config/load-settings.ts';
import { objectFolder } from '../log/object-keys.ts';
import { checkLogIsApart, objectsStoreSettings } from '../store/objects-store-url.ts';
import { openStore } from '../store/open-store.ts';
import { asFailure, type Finding, type Probe, tryRights } from './doctor-checks.ts';

/** Whether the settings have anything to do with the objects layout. */
export function usesObjects({ objects, subscriptions }: CompleteSettings): boolean {
  const readers = Object.values(subscriptions).filter(({ layout }) => layout !== 'log');
  return objects.publish || objects.url !== undefined || readers.length > 0;
}

/** Lists what readers list; where objects are published, writes one that no reader takes for an update, and deletes it. */
export async function checkObjects(
  settings: CompleteSettings,
  probe: Omit<Probe, 'store'>,
): Promise<Finding> {
  const { prefix, publish } = settings.objects;
  const setting = settings.objects.url === undefined ? undefined : 'objects.url';
  checkLogIsApart(settings);
  const store = await openStore(objectsStoreSettings(settings), { setting });
  try {
    await store.list(prefix, { limit: 1, signal: probe.signal });
    if (!publish) return { result: 'ok', message: `may list ${prefix} in ${store.description}` };
    const found = await tryRights(
      { ...probe, store },
      `${objectFolder(prefix, settings.server)}${probe.id}.probe`,
    );
    return { ...found, message: `${found.message} in ${store.description} ${prefix}` };
  } catch (error) {
    return asFailure(error, `list ${prefix}`);
  } finally {
    await store.close();
  }
}
