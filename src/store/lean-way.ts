import type { S3Location } from './s3-url.ts';

/** Where a bucket is asked for, and in which region's name requests to it are signed. */
export interface LeanWay {
  /** `https://host:port`, what connections are made to. */
  readonly origin: string;
  /** The `Host` header. */
  readonly host: string;
  /** What stands before the key in a path: `/`, or `/bucket/`; encoded. */
  readonly base: string;
  readonly region: string;
}

/** The way to a bucket of an endpoint that the store URL names. */
export function wayTo(
  endpoint: string,
  location: Pick<S3Location, 'bucket' | 'pathStyle'>,
  region: string,
): LeanWay {
  const { bucket, pathStyle } = location;
  const url = new URL(endpoint);
  const folder = url.pathname.replace(/\/$/, '');
  if (pathStyle || !canBeHost(bucket, url))
    return at(url, `${folder}/${encodeURIComponent(bucket)}/`, region);
  url.hostname = `${bucket}.${url.hostname}`;
  return at(url, `${folder}/`, region);
}

/** The way that an absolute URL of a bucket names; its path is the bucket's. */
export function wayOf(url: URL, region: string): LeanWay {
  return at(url, url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`, region);
}

function at({ origin, host }: URL, base: string, region: string): LeanWay {
  return { origin, host, base, region };
}

/** A certificate for `*.host` covers one label, so a name with dots is no host; nor is anything below an address. */
function canBeHost(bucket: string, { hostname }: URL): boolean {
  const isAddress = hostname.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(hostname);
  return !isAddress && /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket);
}
