import type { LeanAnswer } from './lean-exchange.ts';
import { decodeEntities } from './lean-xml.ts';
import type { S3Failure } from './s3-errors.ts';

/** The answer of a failed request in the shape that `s3-errors.ts` knows. */
export function failureOf({ status, headers, body }: LeanAnswer): S3Failure {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  const isError = /<(?:\w+:)?Error[\s>]/.test(text);
  const field = (name: string) => (isError ? fieldOf(text, name) : undefined);
  // Without a body it is a HEAD, or a store that saves the bytes; a page of HTML is of something else.
  const code = field('Code') ?? (status === 404 && text === '' ? 'NotFound' : undefined);
  const region = field('Region');
  return {
    name: code ?? 'UnknownError',
    message: field('Message') ?? 'UnknownError',
    ...(code !== undefined && { Code: code }),
    ...(region !== undefined && region !== '' && { Region: region }),
    $response: { statusCode: status, headers },
  };
}

/** An error to throw that looks as the SDK's do. */
export function asError(failure: S3Failure): Error {
  const isSilent = failure.message === undefined || failure.message === '';
  return Object.assign(new Error(isSilent ? (failure.name ?? 'UnknownError') : failure.message), failure);
}

function fieldOf(text: string, name: string): string | undefined {
  const match = new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)</(?:\\w+:)?${name}\\s*>`).exec(text);
  return match === null ? undefined : decodeEntities((match[1] as string).trim());
}
