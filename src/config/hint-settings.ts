import { z } from 'zod';
import { bytes, ms, redisUrl, section } from './setting-values.ts';
import { KiB, MINUTE, MiB } from './units.ts';

const secret = () => z.string().min(16).meta({ secret: true });

/**
 * Ways by which publishers say at once that they have published, so that nodes look at once. A hint never carries anything that
 * a poll would not find too.
 */
export const hints = section({
  maxPollMs: ms(1)
    .default(MINUTE)
    .describe(
      'Longest time between two polls of an idle fleet while hints tell all that polls find, milliseconds; otherwise `poll.maxMs`.',
    ),
  maxListingMs: ms(1)
    .default(10 * MINUTE)
    .describe(
      'Longest time between two complete listings of the objects layout while notifications of the bucket tell all that they find, milliseconds; otherwise `objects.pollMaxMs`.',
    ),
  inlineBytes: bytes()
    .max(MiB)
    .default(32 * KiB)
    .describe(
      'Segments up to this size, as stored, travel inside their hint and are delivered without a GET, bytes. Only where `encryption.active` is set, for then readers can check them; 0 is never.',
    ),
  redis: z
    .strictObject({
      url: redisUrl(),
      channel: z.string().min(1).default('bucketcast').describe('Channel that hints go through.'),
    })
    .optional()
    .describe('Hints through Redis pub/sub.'),
  nats: z
    .strictObject({
      servers: z
        .array(z.string().min(1))
        .min(1)
        .describe('Addresses of the NATS servers, `nats://host:4222` or `tls://host:4222`.'),
      subject: z
        .string()
        .regex(/^[^\s*>]+$/)
        .default('bucketcast')
        .describe('Subject that hints go through.'),
      user: z.string().min(1).optional().describe('User name, with `password`.'),
      password: z.string().min(1).optional().meta({ secret: true }).describe('Password of `user`.'),
      token: z.string().min(1).optional().meta({ secret: true }).describe('Token, instead of a user.'),
    })
    .optional()
    .describe('Hints through NATS.'),
  zeromq: z
    .strictObject({
      bind: z
        .string()
        .min(1)
        .optional()
        .describe('Endpoint where this server announces, `tcp://0.0.0.0:7481`. None: it only listens.'),
      connect: z
        .array(z.string().min(1))
        .default([])
        .describe('Endpoints of the other servers, `tcp://web-2.example.org:7481`.'),
      secret: secret()
        .optional()
        .describe('Shared secret of the fleet, at least 16 characters: hints with another are ignored.'),
    })
    .optional()
    .describe('Hints straight between servers, by ZeroMQ PUB/SUB.'),
  webhook: z
    .strictObject({
      peers: z
        .array(z.url({ protocol: /^https?$/ }))
        .default([])
        .describe(
          'Addresses of other nodes, `https://web-2.example.org:7480`; each gets a POST to `/hints`.',
        ),
      secret: secret().describe(
        'Shared secret, at least 16 characters: what is posted to `/hints` carries it, or is refused. Bucket notifications carry it in the address: `/hints?secret=…`.',
      ),
      snsTopics: z
        .array(z.string().regex(/^arn:/))
        .default([])
        .describe('ARNs of SNS topics whose subscriptions this node confirms.'),
    })
    .optional()
    .describe('Hints by HTTP: from node to node, and bucket notifications of Ceph, MinIO and SNS.'),
  sqs: z
    .strictObject({
      queueUrl: z
        .url({ protocol: /^https?$/ })
        .describe(
          'Address of a queue of this server’s own, which gets the event notifications of the bucket.',
        ),
      region: z
        .string()
        .min(1)
        .optional()
        .describe('Region of the queue. Default: as in its address, or that of the store.'),
      endpoint: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe('Endpoint of the service, where it is not AWS.'),
    })
    .optional()
    .describe('Hints from an SQS queue, by S3 event notifications, straight or through SNS.'),
});
