import { errorMessage } from '../base/error-message.ts';
import { BucketcastError } from '../base/errors.ts';
import type { Settings } from '../config/settings.ts';

export type CredentialSettings = Pick<
  Settings['store'],
  'accessKeyId' | 'secretAccessKey' | 'sessionToken' | 'profile' | 'roleArn'
>;

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export type CredentialSource = (options?: Record<string, unknown>) => Promise<Credentials>;

/** What the SDK's clients that fetch credentials are made with; asked for when there is one to be made. */
export type ClientConfig = () => Promise<{ readonly region?: string; readonly requestHandler?: object }>;

/**
 * Static keys when they are given, else the AWS chain: environment, profile files (SSO, processes and assumed roles
 * among them), web identity, container and instance. `store.roleArn` is assumed with what was found. The SDK renews
 * what expires, a few minutes ahead; with `forceRefresh` everything is read and asked for anew.
 *
 * @throws BucketcastError `invalid-settings` for one half of a key
 */
export function credentialSource(
  settings: CredentialSettings,
  clientConfig: ClientConfig = async () => ({}),
): CredentialSource {
  const keys = staticKeys(settings);
  if (keys !== undefined && settings.roleArn === undefined) return () => Promise.resolve(keys);
  let chain: Promise<CredentialSource> | undefined;
  return explained(async (options) => {
    // Its members keep what they found, for good where it does not say when it expires.
    if (options?.['forceRefresh']) chain = undefined;
    chain ??= openChain(settings, keys, clientConfig);
    return (await chain)(options);
  });
}

/** Loaded only now: with static keys nothing of it is needed. */
async function openChain(
  { profile, roleArn }: CredentialSettings,
  keys: Credentials | undefined,
  config: ClientConfig,
): Promise<CredentialSource> {
  const { fromNodeProviderChain, fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
  const clientConfig = await config();
  const master: CredentialSource =
    keys === undefined
      ? fromNodeProviderChain({ ...(profile !== undefined && { profile }), clientConfig, ignoreCache: true })
      : () => Promise.resolve(keys);
  if (roleArn === undefined) return master;
  return fromTemporaryCredentials({
    masterCredentials: master,
    params: { RoleArn: roleArn, RoleSessionName: 'bucketcast' },
    clientConfig,
  });
}

function staticKeys({
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: CredentialSettings): Credentials | undefined {
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = accessKeyId === undefined ? 'accessKeyId' : 'secretAccessKey';
    throw new BucketcastError(
      'invalid-settings',
      `store.${missing}: expected both halves of the key, got only the other`,
    );
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

/**
 * None at all is a refusal, for waiting does not find any. Once there were some, a source that fails (an instance's
 * metadata service, say) is expected to come back.
 */
function explained(source: CredentialSource): CredentialSource {
  let found = false;
  return async (options) => {
    try {
      const credentials = await source(options);
      found = true;
      return credentials;
    } catch (cause) {
      throw new BucketcastError(
        found ? 'store-unavailable' : 'store-refused',
        `no credentials for the store: ${errorMessage(cause)}`,
        {
          cause,
          hint: 'Set store.accessKeyId and store.secretAccessKey, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or store.profile.',
          details: { operation: 'credentials' },
        },
      );
    }
  };
}
