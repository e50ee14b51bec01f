/** Many equal requests through our store, by one of its clients, or through undici with nothing in between. */
import { openStore } from '../../src/store/open-store.ts';
import { contend } from '../support/contend.ts';
import { openRawBucket } from '../support/raw-bucket.ts';
import { listPrefix, type S3ClientPlan, smallKey, smallObject } from './s3-client-plan.ts';

const inFlight = 32;

/** How many of a kind there are in what came back, for a check. */
interface Client {
  get(): Promise<number>;
  put(): Promise<number>;
  list(): Promise<number>;
  close(): Promise<void>;
}

await contend(async (plan: S3ClientPlan) => {
  const { operation, count } = plan;
  const client = await openClient(plan);
  await client.put();
  const expected = await client[operation]();
  let left = count;
  let done = 0;
  const asking = async () => {
    while (left > 0) {
      left -= 1;
      if ((await client[operation]()) === expected) done += 1;
    }
  };
  // The first requests pay for connections and for code that is not compiled yet.
  left = Math.ceil(count / 4);
  await Promise.all(Array.from({ length: inFlight }, asking));
  left = count;
  done = 0;
  return {
    run: async () => {
      await Promise.all(Array.from({ length: inFlight }, asking));
      return { count: done };
    },
    close: () => client.close(),
  };
});

async function openClient({ store: settings, client }: S3ClientPlan): Promise<Client> {
  if (client === 'raw' || client === 'unread') return openRawBucket(settings, { read: client === 'raw' });
  const store = await openStore({ ...settings, client });
  return {
    async get() {
      const answer = await store.get(smallKey);
      return answer.status === 'found' ? answer.body.byteLength : 0;
    },
    put: async () => ((await store.put(smallKey, smallObject)).status === 'stored' ? 1 : 0),
    list: async () => (await store.list(listPrefix)).objects.length,
    close: () => store.close(),
  };
}
