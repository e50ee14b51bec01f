import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';

/** A plug-in of the client's middleware stack. */
type Plugin = Parameters<S3Client['middlewareStack']['use']>[0];

interface HttpMessage {
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** Puts the `Date` of the answer where `timeOf` finds it: the SDK itself drops it. */
export const storeTime: Plugin = {
  applyToStack(stack) {
    stack.add(
      (next) => async (args) => {
        const result = await next(args);
        const { headers } = result.response as HttpMessage;
        if (result.output !== undefined) Object.assign(result.output.$metadata, { date: headers?.['date'] });
        return result;
      },
      { step: 'deserialize', name: 'bucketcastStoreTime', priority: 'high' },
    );
  },
};

/** The store's time of an answer, ms since the epoch; `otherwise` for a store without a clock. */
export function timeOf(answer: { readonly $metadata: object }, otherwise: () => number): number {
  const { date } = answer.$metadata as { date?: string };
  const time = Date.parse(date ?? '');
  return Number.isNaN(time) ? otherwise() : time;
}

/**
 * DeleteObjects must carry a digest. The SDK sends a CRC32, which only newer stores know; every store and AWS itself
 * take Content-MD5 (docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html).
 */
export const contentMd5: Plugin = {
  applyToStack(stack) {
    stack.add(
      (next, context) => (args) => {
        const { headers, body } = args.request as HttpMessage;
        if (
          context.commandName === 'DeleteObjectsCommand' &&
          headers !== undefined &&
          typeof body === 'string'
        ) {
          for (const name of Object.keys(headers)) {
            if (/^x-amz-(?:checksum-|sdk-checksum-)/i.test(name)) delete headers[name];
          }
          headers['content-md5'] = createHash('md5').update(body).digest('base64');
        }
        return next(args);
      },
      { step: 'build', name: 'bucketcastContentMd5', priority: 'low' },
    );
  },
};
