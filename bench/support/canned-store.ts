import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { SettingsInput } from '../../src/index.ts';
import { credentials } from '../../test/support/ceph.ts';
import { startProcess } from './bench-process.ts';

type StoreSettings = NonNullable<SettingsInput['store']>;

/** A process that has taken a bucket into memory and answers its readers from there. */
export interface CannedStore extends AsyncDisposable {
  readonly store: StoreSettings;
}

/** @param from the bucket to take, whole */
export async function startCannedStore(from: StoreSettings, signal: AbortSignal): Promise<CannedStore> {
  const file = new URL('../contenders/canned-server.ts', import.meta.url);
  const server = startProcess([process.execPath, file.pathname, JSON.stringify(from)], signal);
  const lines = createInterface({ input: server.stdout });
  const ended = server.succeeded.then(() => {
    throw new Error('the canned server ended before it listened');
  });
  const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
  const { port } = JSON.parse(line) as { readonly port: number };
  const place = `endpoint=http://127.0.0.1:${port}&region=us-east-1&pathStyle=true`;
  return {
    store: { ...credentials, url: `s3://canned?${place}` },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
