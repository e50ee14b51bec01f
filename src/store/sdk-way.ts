import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { type LeanWay, wayOf } from './lean-way.ts';
import type { S3Location } from './s3-url.ts';

/**
 * The way to a bucket as the SDK would go it: AWS's partitions, dual stack and FIPS hosts, endpoints from environment and
 * profile, the region from there too. Nothing is sent: the SDK is stopped once it knows.
 *
 * @throws Error when there is no region to be found
 */
export async function sdkWay(
  location: S3Location,
  {
    region = location.region,
    profile,
  }: { readonly region?: string | undefined; readonly profile?: string | undefined },
): Promise<LeanWay> {
  const client = new S3Client({
    // Nothing is signed here, and looking for keys may take long.
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    forcePathStyle: location.pathStyle,
    ...(location.endpoint !== undefined && { endpoint: location.endpoint }),
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
  });
  let found: { readonly url: URL; readonly region: string | undefined } | undefined;
  client.middlewareStack.add(
    (_, context) => async () => {
      const { endpointV2, signing_region } = context as {
        endpointV2?: { url: URL };
        signing_region?: string;
      };
      if (endpointV2 !== undefined) found = { url: endpointV2.url, region: signing_region };
      return { output: { $metadata: {} }, response: {} };
    },
    { step: 'build', name: 'bucketcastWay', priority: 'high' },
  );
  try {
    const configured = await client.config.region();
    await client.send(new HeadBucketCommand({ Bucket: location.bucket }));
    if (found === undefined) throw new Error('the SDK names no endpoint');
    return wayOf(found.url, found.region ?? configured);
  } finally {
    client.destroy();
  }
}
