import { z } from 'zod';
import { bytes, count, ms, redisUrl } from './setting-values.ts';
import { KiB, MINUTE, MiB, SECOND } from './units.ts';

const stdout = z.strictObject({
  type: z.literal('stdout').describe('One JSON object a line on standard output.'),
});

const webhook = z.strictObject({
  type: z.literal('webhook').describe('POSTs batches of updates as JSON to an HTTP endpoint.'),
  url: z
    .string()
    .regex(/^https?:\/\//)
    .meta({ secret: true, form: 'a URL that begins with `https://` or `http://`' })
    .describe('Endpoint. Never shown in full, since it may hold a token.'),
  secret: z
    .string()
    .min(16)
    .optional()
    .meta({ secret: true })
    .describe('Key of the HMAC-SHA256 signature that each request carries. None: unsigned.'),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/), z.string().meta({ secret: true }))
    .default({})
    .describe('Headers that each request carries besides, by name.'),
  updatesPerRequest: count().max(10_000).default(100).describe('Most updates in one request.'),
  maxBodyBytes: bytes(KiB)
    .default(4 * MiB)
    .describe('Size of a body beyond which the next update goes into another request, bytes.'),
  concurrency: count()
    .max(256)
    .default(1)
    .describe(
      'Requests under way to this endpoint at once, over all subscriptions. Updates of one URL stay in order.',
    ),
  timeoutMs: ms(1)
    .default(30 * SECOND)
    .describe('Time for one request and its answer, milliseconds.'),
  breakAfter: count()
    .default(5)
    .describe('Failed requests in a row after which the endpoint is left alone for a while.'),
  breakMs: ms(1)
    .default(30 * SECOND)
    .describe('How long it is left alone before one request tries it again, milliseconds.'),
  allowPrivate: z
    .boolean()
    .default(false)
    .describe('Whether the endpoint may be at a loopback, private or link-local address.'),
});

const command = z.strictObject({
  type: z
    .literal('command')
    .describe('Hands updates to a program, one JSON object a line on its standard input.'),
  command: z
    .array(z.string())
    .min(1)
    .describe('Program and arguments. No shell is involved; for one: `["sh", "-c", "…"]`.'),
  mode: z
    .enum(['batch', 'stream'])
    .default('batch')
    .describe(
      '`batch`: one run for each batch, acknowledged by exit code 0. `stream`: one long run, which acknowledges by a line on its standard output for each update.',
    ),
  poisonExitCode: z
    .number()
    .int()
    .min(1)
    .max(125)
    .default(65)
    .describe('Exit code by which a run says that its updates are at fault, not the program.'),
  timeoutMs: ms(1)
    .default(MINUTE)
    .describe(
      'Time for a batch, or in `stream` for the next acknowledgement, after which the whole process group is killed, milliseconds.',
    ),
  environment: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().meta({ secret: true }))
    .default({})
    .describe("Environment variables besides the node's own, which go without those of Bucketcast."),
  directory: z.string().min(1).optional().describe('Working directory. Default: that of the node.'),
});

const files = z.strictObject({
  type: z.literal('files').describe('Keeps the newest content of each URL in a file of a directory.'),
  path: z.string().min(1).describe('Directory; it is made if it does not exist.'),
  suffix: z
    .string()
    .regex(/^(\.[A-Za-z0-9][A-Za-z0-9.-]{0,31})?$/)
    .meta({ form: 'a dot and up to 32 letters, digits, dots and dashes, or nothing' })
    .default('.feed')
    .describe('What the names of the files end with, behind what is made of the URL.'),
  sidecar: z
    .boolean()
    .default(false)
    .describe('Whether `<name>.json` beside each file holds its URL, metadata, time and server.'),
});

const redis = z.strictObject({
  type: z
    .literal('redis')
    .describe('Hands updates to a Redis server: PUBLISH to a channel, or XADD to a stream.'),
  url: redisUrl(),
  channel: z
    .string()
    .min(1)
    .optional()
    .describe('Channel to publish to. Whoever is not subscribed at that moment misses the update.'),
  stream: z.string().min(1).optional().describe('Key of the stream to append to; either this or `channel`.'),
  maxLength: count()
    .optional()
    .describe('Entries that the stream keeps, roughly; older ones go. None: all of them.'),
  timeoutMs: ms(1)
    .default(10 * SECOND)
    .describe('Time for the server to answer, milliseconds.'),
});

export const sink = z
  .discriminatedUnion('type', [stdout, webhook, command, files, redis])
  .describe('Where the updates go.');

export type SinkSettings = z.output<typeof sink>;
/** Settings of one kind of sink: `SinkOf<'webhook'>`. */
export type SinkOf<Type extends SinkSettings['type']> = Extract<SinkSettings, { type: Type }>;
