import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Settings } from '../config/settings.ts';
import { SECOND } from '../config/units.ts';
import { credentialSource } from '../store/s3-credentials.ts';
import { parseS3Url } from '../store/s3-url.ts';
import { optionalPackage } from './optional-package.ts';

export type SqsSettings = NonNullable<Settings['hints']['sqs']>;

export interface QueueMessage {
  readonly body: string;
  /** What it is deleted by. */
  readonly receipt: string;
}

/** A queue of messages, each of which comes again unless it is deleted. */
export interface Queue {
  /** At most ten; none when none came within `waitSeconds`. Throws what went wrong as it comes. */
  receive(waitSeconds: number, signal: AbortSignal): Promise<readonly QueueMessage[]>;
  /** At most ten. Throws when any could not be deleted. */
  delete(messages: readonly QueueMessage[], signal: AbortSignal): Promise<void>;
  /** Ends its connections. Idempotent. */
  close(): void;
}

/** Seconds: the longest that SQS lets a request wait for a message. */
export const longestWait = 20;
const mostAtOnce = 10;

/**
 * A queue of SQS, with the credentials, the proxy and the authorities of the store. Talks to nobody yet.
 *
 * @throws BucketcastError `invalid-settings` without the package, for one half of a key, a bad proxy or CA file
 */
export async function openSqsQueue(settings: SqsSettings, store: Settings['store']): Promise<Queue> {
  const sqs = await optionalPackage('@aws-sdk/client-sqs', 'hints.sqs', () => import('@aws-sdk/client-sqs'));
  const { createRequestHandler } = await import('../store/s3-request-handler.ts');
  // An empty queue is silent for as long as it is asked to wait.
  const requestTimeoutMs = Math.max(store.requestTimeoutMs, (longestWait + 10) * SECOND);
  const { requestHandler, destroy } = createRequestHandler({ ...store, requestTimeoutMs });
  const region = queueRegion(settings, store.url);
  const withRegion = region !== undefined && { region };
  const client: SQSClient = new sqs.SQSClient({
    credentials: credentialSource(store, async () => ({ requestHandler, ...withRegion })),
    requestHandler,
    maxAttempts: 1,
    endpoint: settings.endpoint ?? new URL(settings.queueUrl).origin,
    ...withRegion,
    ...(store.profile !== undefined && { profile: store.profile }),
  });
  const QueueUrl = settings.queueUrl;
  return {
    async receive(waitSeconds, abortSignal) {
      const { Messages: messages = [] } = await client.send(
        new sqs.ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: mostAtOnce,
          WaitTimeSeconds: waitSeconds,
        }),
        { abortSignal },
      );
      return messages.map(({ Body: body = '', ReceiptHandle: receipt = '' }) => ({ body, receipt }));
    },
    async delete(messages, abortSignal) {
      const Entries = messages.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }));
      const command = new sqs.DeleteMessageBatchCommand({ QueueUrl, Entries });
      const { Failed: [failed] = [] } = await client.send(command, { abortSignal });
      if (failed !== undefined)
        throw Object.assign(new Error(failed.Message ?? 'a message was not deleted'), { name: failed.Code });
    },
    close() {
      client.destroy();
      destroy();
    },
  };
}

/** As set, or as the address of the queue says, or that of the store; undefined: what the AWS environment says. */
export function queueRegion({ region, queueUrl }: SqsSettings, storeUrl: string): string | undefined {
  const { hostname } = new URL(queueUrl);
  const named = /^(?:sqs(?:-fips)?\.([a-z0-9-]+)|([a-z0-9-]+)\.queue)\.amazonaws\.com(?:\.cn)?$/.exec(
    hostname,
  );
  const ofStore = /^s3:/i.test(storeUrl) ? parseS3Url(storeUrl, 'store.url').region : undefined;
  return region ?? named?.[1] ?? named?.[2] ?? ofStore;
}
