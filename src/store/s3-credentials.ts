import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
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

/**
 * Static keys when they are given, else the AWS chain: environment, profile files (SSO, processes and assumed roles
 * among them), web identity, container and instance. `store.roleArn` is assumed with what was found. The SDK renews
 * what expires, a few minutes ahead.
 *
 * @throws BucketcastError `invalid-settings` for one half of a key
 */
export function credentialSource(
  settings: CredentialSettings,
  clientConfig: { readonly region?: string; readonly requestHandler?: object } = {},
): CredentialSource {
  const master = masterSource(settings, clientConfig);
  const { roleArn } = settings;
  const source =
    roleArn === undefined
      ? master
      : fromTemporaryCredentials({
          masterCredentials: master,
          params: { RoleArn: roleArn, RoleSessionName: 'bucketcast' },
          clientConfig,
        });
  return explained(source);
}

function masterSource(settings: CredentialSettings, clientConfig: object): CredentialSource {
  const { accessKeyId, secretAccessKey, sessionToken, profile } = settings;
  if (accessKeyId === undefined && secretAccessKey === undefined) {
    return fromNodeProviderChain({
      ...(profile !== undefined && { profile }),
      clientConfig,
    });
  }
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = accessKeyId === undefined ? 'accessKeyId' : 'secretAccessKey';
    throw new BucketcastError(
      'invalid-settings',
      `store.${missing}: expected both halves of the key, got only the other`,
    );
  }
  const keys = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  return () => Promise.resolve(keys);
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
