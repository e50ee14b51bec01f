import { createHash } from 'node:crypto';
import type { Settings } from '../../src/config/settings.ts';
import { inParallel } from '../../src/store/in-parallel.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Ceph } from '../../test/support/ceph.ts';
import type { BenchContext } from './bench-context.ts';

export interface ObjectsData {
  readonly objects: number;
  /** Of each body, about; the smallest is what its fields take. */
  readonly bytes: number;
}

/** As many folders as a small fleet has servers. */
const servers = 8;
/** PUTs at once: enough to keep a gateway busy. */
const width = 48;
/** All data sets are from the same hour, so that two runs write the same keys. */
const epochSeconds = 1_790_000_000;

/** A bucket with the data set at its root. */
export async function makeObjectsBucket(
  ceph: Ceph,
  { say }: Pick<BenchContext, 'say'>,
  data: ObjectsData,
): Promise<{ readonly bucket: string; readonly store: Settings['store'] }> {
  const bucket = await ceph.makeBucket();
  const settings = ceph.storeSettings(bucket);
  const store = await openStore(settings);
  try {
    say(`writing ${data.objects} objects`);
    await loadObjects(store, data);
  } finally {
    await store.close();
  }
  return { bucket, store: settings };
}

/** Writes the data set in the objects layout, one object per URL, below `feed-updates/` of the store. */
async function loadObjects(store: Pick<ObjectStore, 'put'>, { objects, bytes }: ObjectsData): Promise<void> {
  const indexes = Array.from({ length: objects }, (_, index) => index);
  await inParallel(width, indexes, (index) => store.put(objectName(index), objectBody(index, bytes)));
}

/** The key of the object with this number, below the bucket's root. */
export function objectName(index: number): string {
  const digest = createHash('md5').update(urlOf(index)).digest('hex');
  return `feed-updates/${serverOf(index)}/${digest}_${epochSeconds + (index % 3600)}.json`;
}

/** Its body of about so many bytes; the same for the same number. */
export function objectBody(index: number, bytes: number): Buffer {
  const without = bodyText(index, []).length;
  const words = Math.max(0, Math.floor((bytes - without) / 66));
  const entries = Array.from({ length: words }, (_, entry) => digestOf(`${index} ${entry}`));
  return Buffer.from(bodyText(index, entries));
}

/** The fields and their order are those of the Python package. */
function bodyText(index: number, entries: readonly string[]): string {
  return JSON.stringify({
    url: urlOf(index),
    feed_content: { title: `Feed ${index}`, entries },
    feed_data: { status: 'ok' },
    server_id: serverOf(index),
    timestamp: epochSeconds + index / 1000,
  });
}

/** 63 digits, which no compression makes much of. */
function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(1);
}

function serverOf(index: number): string {
  return `server-${index % servers}`;
}

function urlOf(index: number): string {
  return `https://example.org/feeds/${index}.xml`;
}
