/**
 * What is known of the S3 stores that people use, so that a URL need only say what differs. `preset=NAME` chooses
 * one; every part of it can be overridden by a parameter of the URL.
 */
export interface Preset {
  /** Endpoint with `{region}` and `{account}` to be filled in. Absent: AWS's own, or the URL must say. */
  readonly endpoint?: string;
  /** What the URL must say because nothing can be assumed. */
  readonly required: readonly ('endpoint' | 'region' | 'account')[];
  /** Region that requests are signed for. Absent: the URL's, else the AWS environment's and profile's. */
  readonly region?: string;
  /** `https://endpoint/bucket/key` rather than `https://bucket.endpoint/key`. */
  readonly pathStyle: boolean;
  /** Whether CreateBucket names the region in its body (`LocationConstraint`). */
  readonly locationConstraint: boolean;
  /**
   * What the store's documents say of put-if-absent and compare-and-set. Never relied upon: what needs conditional
   * writes probes for them. `doctor` shows it when the probe fails.
   */
  readonly conditionalWrites: 'yes' | 'no' | 'undocumented';
}

export const presets = {
  /**
   * Conditional PUTs: docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html. A loser gets 412, or
   * 409 ConditionalRequestConflict while the winner is being written; If-Match on a missing key is 404.
   */
  aws: { required: [], pathStyle: false, locationConstraint: true, conditionalWrites: 'yes' },
  /**
   * techdocs.akamai.com/cloud-computing/docs/access-buckets-and-files-through-urls; runs Ceph's gateway, which
   * takes If-Match without quotes only.
   */
  linode: {
    endpoint: 'https://{region}.linodeobjects.com',
    required: ['region'],
    pathStyle: false,
    locationConstraint: false,
    conditionalWrites: 'undocumented',
  },
  /**
   * Any RADOS gateway; measured with 16.2: exactly one winner of 50, also through two gateways. The region takes
   * part in the signature only. Virtual-host style would need `rgw dns name` and a wildcard DNS entry.
   */
  ceph: {
    required: ['endpoint'],
    region: 'us-east-1',
    pathStyle: true,
    locationConstraint: false,
    conditionalWrites: 'yes',
  },
  /**
   * github.com/minio/minio/issues/20346 (2024: put-if-absent as on AWS), issues/21526 (before the end of 2025 If-Match on
   * a missing key stored).
   */
  minio: {
    required: ['endpoint'],
    region: 'us-east-1',
    pathStyle: true,
    locationConstraint: false,
    conditionalWrites: 'yes',
  },
  /**
   * developers.cloudflare.com/r2/api/s3/api: the region is `auto`; PutObject takes conditions. One write a
   * second to one key.
   */
  r2: {
    endpoint: 'https://{account}.r2.cloudflarestorage.com',
    required: ['account'],
    region: 'auto',
    pathStyle: true,
    locationConstraint: false,
    conditionalWrites: 'yes',
  },
  /**
   * www.backblaze.com/docs/cloud-storage-s3-compatible-api: the region is part of the endpoint. A conditional PUT is
   * answered with 501 NotImplemented (github.com/sathinduga/obsidian-s3-sync-and-backup/issues/78, 2026).
   */
  backblaze: {
    endpoint: 'https://s3.{region}.backblazeb2.com',
    required: ['region'],
    pathStyle: false,
    locationConstraint: false,
    conditionalWrites: 'no',
  },
  /** docs.digitalocean.com/reference/api/spaces: signs for the region's slug; 240 requests a second in all. */
  digitalocean: {
    endpoint: 'https://{region}.digitaloceanspaces.com',
    required: ['region'],
    pathStyle: false,
    locationConstraint: false,
    conditionalWrites: 'undocumented',
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof presets;

export function isPresetName(name: string): name is PresetName {
  return Object.hasOwn(presets, name);
}

export function presetOf(name: PresetName): Preset {
  return presets[name];
}
