import { createHash, createHmac, randomBytes } from 'node:crypto';
import { PutBucketNotificationConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
import { type Ceph, credentials } from './ceph.ts';

const region = 'us-east-1';

/**
 * From now on the gateway posts to `endpoint` whatever is written to the bucket, before it answers who wrote it. `name`: of several
 * topics of one bucket the gateway posts to the first by name, and to the others only where that was taken.
 */
export async function notifyOnWrites(
  ceph: Ceph,
  bucket: string,
  endpoint: string,
  name = 'b',
): Promise<void> {
  const TopicArn = await createTopic(ceph, endpoint, name);
  const client = new S3Client({
    endpoint: ceph.endpoint,
    region,
    forcePathStyle: true,
    credentials: { ...credentials },
  });
  const configuration = { Id: 'writes', TopicArn, Events: ['s3:ObjectCreated:*' as const] };
  try {
    await client.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: bucket,
        NotificationConfiguration: { TopicConfigurations: [configuration] },
      }),
    );
  } finally {
    client.destroy();
  }
}

/** What Ceph has of SNS: a name for an address that notifications are posted to. Its ARN. */
async function createTopic({ endpoint }: Ceph, pushEndpoint: string, prefix: string): Promise<string> {
  const name = `${prefix}-${randomBytes(6).toString('hex')}`;
  const form = {
    Action: 'CreateTopic',
    Name: name,
    'Attributes.entry.1.key': 'push-endpoint',
    'Attributes.entry.1.value': pushEndpoint,
  };
  const body = new URLSearchParams(form).toString();
  const answer = await fetch(endpoint, {
    method: 'POST',
    body,
    headers: signed(new URL(endpoint).host, body),
  });
  const text = await answer.text();
  const arn = /<TopicArn>([^<]+)<\/TopicArn>/.exec(text)?.[1];
  if (arn === undefined) throw new Error(`no topic: ${answer.status} ${text}`);
  return arn;
}

/** AWS Signature Version 4 of a form. */
function signed(host: string, body: string): Record<string, string> {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    host,
    'x-amz-content-sha256': sha256(body),
    'x-amz-date': date,
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = ['POST', '/', '', lines.join(''), names, sha256(body)].join('\n');
  const scope = `${date.slice(0, 8)}/${region}/sns/aws4_request`;
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`).toString('hex');
  const credential = `${credentials.accessKeyId}/${scope}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
