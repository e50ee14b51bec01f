import { errorMessage } from '../base/error-message.ts';
import { BucketcastError } from '../base/errors.ts';

/** What went wrong with the queue, in plain words and with advice. What is a `BucketcastError` already stays as it is. */
export function sqsTrouble(error: unknown, queueUrl: string): BucketcastError {
  if (error instanceof BucketcastError) return error;
  const { name = '', code } = error as { readonly name?: string; readonly code?: unknown };
  // Older services call them `AWS.SimpleQueueService.NonExistentQueue` and alike.
  const kind = typeof code === 'string' ? code : (name.split(/[.#]/).at(-1) ?? '');
  const [, hint] = advice.find(([pattern]) => pattern.test(`${kind} ${errorMessage(error)}`)) ?? [];
  const where = URL.parse(queueUrl)?.pathname.split('/').at(-1) ?? '';
  const said = errorMessage(error).slice(0, 300);
  return new BucketcastError('source-unavailable', `the queue ${where} of SQS cannot be read: ${said}`, {
    ...(hint !== undefined && { hint }),
    cause: error,
    details: { errno: kind },
  });
}

const advice: readonly (readonly [RegExp, string])[] = [
  [
    /QueueDoesNotExist|NonExistentQueue|InvalidAddress/,
    'See hints.sqs.queueUrl: the address as `aws sqs get-queue-url` says it, and its region.',
  ],
  [
    /AccessDenied/,
    'The credentials of the store have to be allowed sqs:ReceiveMessage and sqs:DeleteMessage on the queue.',
  ],
  [
    /InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature|ExpiredToken/,
    'The queue is read with the credentials of the store, and does not accept them: see also hints.sqs.region, and the clock.',
  ],
  [/Region is missing|RegionMissing/, 'Set hints.sqs.region.'],
  [/ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|TimeoutError/, 'See hints.sqs.queueUrl and hints.sqs.endpoint.'],
  [/Throttl|OverLimit/, 'The service is asked too often, or the queue has too many messages under way.'],
];
