import { fileURLToPath } from 'node:url';
import { BucketcastError } from '../base/errors.ts';
import { invalidUrl, withoutSecrets } from '../base/url-error.ts';
import { parseS3Url, type S3Location } from './s3-url.ts';

/** Where a store URL points, checked and complete. */
export type StoreLocation =
  | { readonly driver: 'memory'; readonly name: string }
  /** Absolute, or relative to the working directory. */
  | { readonly driver: 'file'; readonly directory: string }
  | ({ readonly driver: 's3' } & S3Location);

/**
 * `memory:NAME`, `file:DIRECTORY` (relative or absolute; `file:///absolute%20path` too) or
 * `s3://bucket/prefix?endpoint=…&region=…&pathStyle=…&preset=…&account=…`.
 *
 * @param path the setting's name, for the message
 * @throws BucketcastError `invalid-settings` with the setting, what was given and what is expected
 */
export function parseStoreUrl(url: string, path = 'store.url'): StoreLocation {
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(url)?.[1]?.toLowerCase();
  switch (scheme) {
    case 'memory':
      return { driver: 'memory', name: url.slice('memory:'.length) };
    case 'file':
      return { driver: 'file', directory: directoryOf(url, path) };
    case 's3':
      return { driver: 's3', ...parseS3Url(url, path) };
    default:
      throw invalidUrl(
        path,
        url,
        'expected a URL that begins with `s3://`, `file:` or `memory:`',
        hintFor(url),
      );
  }
}

/** `file:x`, `file:./x`, `file:/x`: the path as it stands; `file://…`: as the URL standard says, with escapes. */
function directoryOf(url: string, path: string): string {
  const rest = url.slice('file:'.length);
  if (rest.includes('\0')) throw invalidUrl(path, url, 'expected a directory without a zero byte');
  if (!rest.startsWith('//')) {
    if (rest === '')
      throw invalidUrl(
        path,
        url,
        'expected a directory behind `file:`',
        'For example `file:.bucketcast/store`.',
      );
    return rest;
  }
  try {
    return fileURLToPath(url);
  } catch (cause) {
    const hint = 'Write `file:DIRECTORY` for a relative and `file:///DIRECTORY` for an absolute path.';
    throw new BucketcastError(
      'invalid-settings',
      `${path}: not a path on this machine: ${JSON.stringify(url)}`,
      { hint, cause },
    );
  }
}

function hintFor(url: string): string {
  if (/^https?:/i.test(url))
    return `Name the bucket and give this as the endpoint: \`s3://BUCKET?endpoint=${withoutSecrets(url)}\`.`;
  return `For a directory write \`file:${withoutSecrets(url)}\`.`;
}
