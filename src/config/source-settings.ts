import { z } from 'zod';
import { bytes, ms, redisUrl } from './setting-values.ts';
import { KiB, MINUTE, MiB } from './units.ts';
import { urlFromFault } from './url-template.ts';

const urlFrom = z
  .string()
  .min(1)
  .superRefine((given, context) => {
    const fault = urlFromFault(given);
    if (fault === undefined) return;
    const forms = '`name`, `sidecar`, or a template such as `https://www.example.com/{path}`';
    context.addIssue({
      code: 'custom',
      message: `expected ${forms}, got ${JSON.stringify(given)}: ${fault}`,
    });
  })
  .default('name')
  .describe(
    'How a file’s URL is told: `name` (from its name, `https___example.com_feed.xml.feed`), `sidecar` (from `<name>.json` beside it), or a template such as `https://www.example.com/{path}`.',
  );

const maxBytes = bytes(KiB)
  .default(16 * MiB)
  .describe('Largest file that is published, bytes; a larger one is reported and left out.');

/** Directories whose files are published when they change. */
export const watch = z
  .array(
    z.strictObject({
      path: z.string().min(1).describe('Directory to watch, with everything below it.'),
      include: z
        .array(z.string().min(1))
        .default(['**/*.feed'])
        .describe('Patterns of the files to publish, relative to `path`: `**/*.feed`, `img/**`.'),
      exclude: z.array(z.string().min(1)).default([]).describe('Patterns of those to leave out.'),
      urlFrom,
      deletes: z
        .boolean()
        .default(true)
        .describe('Whether a file that is gone is published as a `delete` of its URL.'),
      settleMs: ms()
        .default(200)
        .describe('How long a file must stay unchanged before it is read, milliseconds.'),
      rescanMs: ms(1)
        .default(5 * MINUTE)
        .describe('Time between two scans of the whole directory, for what no event told of, milliseconds.'),
      maxBytes,
    }),
  )
  .default([])
  .describe('Directories whose files are published when they change.');

/** Channels and lists of Redis servers that announce what changed. */
export const redis = z
  .array(
    z.strictObject({
      url: redisUrl(),
      channel: z
        .string()
        .min(1)
        .optional()
        .describe('Channel to subscribe to. What is announced while the node is away is missed.'),
      list: z
        .string()
        .min(1)
        .optional()
        .describe(
          'List to take from, at its end that LPUSH leaves behind; nothing is lost while the node is away.',
        ),
      message: z
        .enum(['path', 'update'])
        .default('path')
        .describe('What a message is: the `path` of a file that changed, or an `update` as JSON.'),
      path: z
        .string()
        .min(1)
        .optional()
        .describe(
          'Directory that announced files must lie in; needed for `message: path`. Relative names count from it.',
        ),
      urlFrom,
      deletes: z
        .boolean()
        .default(true)
        .describe('Whether an announced file that does not exist is published as a `delete` of its URL.'),
      maxBytes: maxBytes.describe(
        'Largest file, or update, that is published, bytes; a larger one is reported and left out.',
      ),
    }),
  )
  .default([])
  .describe('Redis channels and lists that announce what changed.');

export type RedisSourceSettings = z.output<typeof redis>[number];
