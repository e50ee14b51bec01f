import type { S3Failure } from './s3-errors.ts';

interface Times {
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

/**
 * What undici throws when there is no answer, in the shape that `s3-errors.ts` knows: Node's codes, and time-outs in
 * words that it translates. A proxy's refusal of a tunnel is an answer.
 */
export function silenceOf(thrown: unknown, times: Times): unknown {
  const error = (thrown ?? {}) as Error & { readonly code?: string };
  const is = (shape: S3Failure, message = error.message) =>
    Object.assign(new Error(message, { cause: error }), shape);
  switch (error.code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return is({ name: 'TimeoutError' }, `not connected within the timeout of ${times.connectTimeoutMs} ms`);
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return is({ name: 'TimeoutError' }, `silent after ${times.requestTimeoutMs} ms`);
    case 'UND_ERR_SOCKET':
    case 'UND_ERR_PRX_CONN':
    case 'UND_ERR_PRX_TLS':
      return is({ code: codeOf(error.cause) ?? 'ECONNRESET' });
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return is({ code: 'ECONNRESET' }, 'the body ended before the announced length');
    case 'UND_ERR_ABORTED':
    case 'UND_ERR_INVALID_ARG': {
      const status = /Proxy response \((\d+)\)|Required \((407)\)/.exec(error.message);
      if (status === null) return thrown;
      const statusCode = Number(status[1] ?? status[2]);
      return is({ name: 'UnknownError', $response: { statusCode, headers: {} } }, 'UnknownError');
    }
    default:
      return thrown;
  }
}

function codeOf(cause: unknown): string | undefined {
  const { code } = (cause ?? {}) as { readonly code?: string };
  return code?.startsWith('UND_') ? undefined : code;
}
