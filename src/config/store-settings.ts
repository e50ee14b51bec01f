import { z } from 'zod';
import { ms, section } from './setting-values.ts';
import { SECOND } from './units.ts';

/** Where the bucket is, and how it is reached. */
export const store = section({
  url: z
    .string()
    .min(1)
    .default('file:.bucketcast/store')
    .describe(
      'Where the updates go: `s3://bucket/prefix?endpoint=…&region=…&pathStyle=…&preset=…`, `file:DIRECTORY`, or `memory:NAME` for tests.',
    ),
  client: z
    .enum(['lean', 'sdk'])
    .default('lean')
    .describe(
      'How an S3 store is asked: `lean` signs and sends by itself, at a tenth of the CPU time; `sdk` leaves everything to the AWS SDK, for stores or ways that `lean` has trouble with.',
    ),
  accessKeyId: z
    .string()
    .min(1)
    .optional()
    .meta({ fromFile: true })
    .describe('Static S3 key id. Without it the AWS credential chain is asked.'),
  secretAccessKey: z.string().min(1).optional().meta({ secret: true }).describe('Static S3 secret key.'),
  sessionToken: z
    .string()
    .min(1)
    .optional()
    .meta({ secret: true })
    .describe('Session token that belongs to temporary static keys.'),
  profile: z
    .string()
    .min(1)
    .optional()
    .describe('Profile of the AWS configuration files to take credentials from.'),
  roleArn: z.string().min(1).optional().describe('Role to assume with the credentials found.'),
  proxy: z
    .string()
    .min(1)
    .optional()
    .meta({ secret: true })
    .describe('HTTP or HTTPS proxy URL. Without it `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` count.'),
  caFile: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file of certificate authorities to trust besides the built-in ones.'),
  connectTimeoutMs: ms(1)
    .default(5 * SECOND)
    .describe('Time to connect, milliseconds.'),
  requestTimeoutMs: ms(1)
    .default(30 * SECOND)
    .describe('Time without a byte of answer after which a request is given up, milliseconds.'),
});
