interface Trouble {
  readonly status: number | undefined;
  /** S3's code, or Node's where there was no answer. */
  readonly code: string | undefined;
  readonly region: string | undefined;
  readonly bucket: string;
}

/** What an operator can do about it; empty when nothing is known. */
export function hintOf(trouble: Trouble): { hint?: string } {
  const hint = hints[trouble.code ?? '']?.(trouble) ?? byStatus(trouble);
  return hint === undefined ? {} : { hint };
}

function byStatus({ status, region }: Trouble): string | undefined {
  if (region !== undefined && (status === 301 || status === 400))
    return `The bucket is in ${region}: add \`region=${region}\` to the store URL.`;
  if (status === 301 || status === 308)
    return 'The store sends us elsewhere: check region and endpoint of the store URL.';
  if (status === 407) return 'The proxy wants credentials: put them into store.proxy, or HTTPS_PROXY.';
  if (status === 403) return accessDenied();
  if (status === 501) return 'This store lacks the operation; `bucketcast doctor` shows what it can do.';
  return undefined;
}

const accessDenied = (): string =>
  'The key needs s3:ListBucket on the bucket and s3:GetObject, s3:PutObject, s3:DeleteObject on its objects (without ListBucket a missing object is answered like this, too).';
const clock = (): string => "Set this machine's clock (for example by NTP): it is too far from the store's.";
const expired = (): string =>
  'The temporary credentials have run out: fetch new ones, or use a source that renews them.';
const unreachable = (): string => 'Check the endpoint of the store URL, the network and the proxy settings.';
const tls = (): string =>
  'Give the certificate authority of the store (or of the proxy before it) as store.caFile.';

const hints: Readonly<Record<string, (trouble: Trouble) => string | undefined>> = {
  NoSuchBucket: ({ bucket }) =>
    `Check the bucket's name (${bucket}); create it with \`bucketcast doctor --create-bucket\`.`,
  AccessDenied: accessDenied,
  SignatureDoesNotMatch: () => 'Check store.secretAccessKey: it does not belong to the access key id.',
  InvalidAccessKeyId: () =>
    'The store does not know this access key id: check store.accessKeyId and the endpoint.',
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  InvalidToken: () => 'Check store.sessionToken: it does not belong to the access key id.',
  RequestTimeTooSkewed: clock,
  QuotaExceeded: () => 'The quota of the bucket or its owner is used up.',
  XAmzContentSHA256Mismatch: () => 'Something between us and the store changes the bytes of requests.',
  InvalidBucketName: () => "Check the bucket's name in the store URL.",
  NotImplemented: () => 'This store lacks the operation; `bucketcast doctor` shows what it can do.',
  ENOTFOUND: ({ bucket }) =>
    `The endpoint's name does not resolve. Should it be \`BUCKET.host\` (${bucket}), try \`pathStyle=true\`.`,
  EAI_AGAIN: unreachable,
  ECONNREFUSED: unreachable,
  ECONNRESET: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ETIMEDOUT: unreachable,
  EPROTO: () => 'Is the endpoint `http://` rather than `https://`?',
  ERR_SSL_WRONG_VERSION_NUMBER: () => 'Is the endpoint `http://` rather than `https://`?',
  DEPTH_ZERO_SELF_SIGNED_CERT: tls,
  SELF_SIGNED_CERT_IN_CHAIN: tls,
  UNABLE_TO_GET_ISSUER_CERT: tls,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: tls,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: tls,
  ERR_TLS_CERT_ALTNAME_INVALID: () =>
    "The store's certificate is for another name: check the endpoint, or try `pathStyle=true`.",
  CERT_HAS_EXPIRED: () => "The store's certificate has run out, or this machine's clock is wrong.",
};
