/** The plain AWS SDK in Node, as its documentation shows it, 32 GETs at once. */
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import PQueue from 'p-queue';
import { contend } from '../support/contend.ts';
import { type PlainObjectsPlan, wholeCpuSeconds } from './objects-plan.ts';

await contend(async ({ endpoint, bucket, prefix, ...credentials }: PlainObjectsPlan) => {
  const client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true });
  const queue = new PQueue({ concurrency: 32 });
  let read = 0;
  const fetch = async (key: string) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const { url } = JSON.parse((await Body?.transformToString()) ?? '') as { readonly url: string };
    if (url !== '') read += 1;
  };
  return {
    run: async () => {
      const fetches: Promise<void>[] = [];
      for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
        for (const { Key } of page.Contents ?? []) fetches.push(queue.add(() => fetch(Key as string)));
      }
      await Promise.all(fetches);
      return { count: read, extra: { wholeCpuSeconds: wholeCpuSeconds() } };
    },
    close: async () => client.destroy(),
  };
});
