import { S3Client } from '@aws-sdk/client-s3';
import type { Settings } from '../config/settings.ts';
import { credentialSource } from './s3-credentials.ts';
import { contentMd5, storeTime } from './s3-middleware.ts';
import { createRequestHandler } from './s3-request-handler.ts';
import type { S3Location } from './s3-url.ts';

export interface BuiltClient {
  readonly client: S3Client;
  /** Closes the sockets; idempotent. */
  readonly destroy: () => void;
}

/**
 * The SDK's client as this driver wants it: one attempt a call (retrying is a decorator's), no checksums beyond those
 * that S3 demands (other stores refuse them), our own sockets and timeouts, and the store's time with every answer.
 */
export function createClient(location: S3Location, settings: Settings['store']): BuiltClient {
  const { requestHandler, destroy } = createRequestHandler(settings);
  const { region } = location;
  const credentials = credentialSource(settings, async () => ({
    requestHandler,
    ...(region !== undefined && { region }),
  }));
  const client = new S3Client({
    credentials,
    requestHandler,
    maxAttempts: 1,
    forcePathStyle: location.pathStyle,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(region !== undefined && { region }),
    ...(settings.profile !== undefined && { profile: settings.profile }),
    ...(location.endpoint !== undefined && { endpoint: location.endpoint }),
  });
  client.middlewareStack.use(storeTime);
  client.middlewareStack.use(contentMd5);
  if (!location.preset.locationConstraint) client.middlewareStack.remove('locationConstraintMiddleware');
  return {
    client,
    destroy() {
      client.destroy();
      destroy();
    },
  };
}
