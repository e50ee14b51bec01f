/** One object for each update, put by the AWS SDK in Node as its documentation shows it. */
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { contend } from '../support/contend.ts';
import { feedEntries, feedUrl } from '../support/feed-entry.ts';
import { type PublishPlan, publishAll } from './publish-plan.ts';

interface Plan extends PublishPlan {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

await contend(async ({ endpoint, bucket, accessKeyId, secretAccessKey, ...plan }: Plan) => {
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true });
  const entries = feedEntries(plan.count);
  let requests = 0;
  const put = (index: number) => {
    requests += 1;
    const Body = JSON.stringify({ url: feedUrl(index), feed_content: entries(index), server_id: 'bench' });
    return client.send(
      new PutObjectCommand({ Bucket: bucket, Key: `bench/${process.pid}/${index}.json`, Body }),
    );
  };
  await put(0);
  return {
    run: async () => {
      requests = 0;
      const { count, extra } = await publishAll(plan, put);
      return { count, extra: { ...extra, requests } };
    },
    close: async () => client.destroy(),
  };
});
