import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import type { JsonValue } from '../base/update.ts';
import { mediaType } from './guard.ts';
import type { HttpContext } from './http-parts.ts';
import { Refusal } from './refusal.ts';
import { parseStrictJson } from './strict-json.ts';

/** A body as a JSON value. Throws a `Refusal`: not JSON, too large, too slow. */
export async function readJsonBody(request: FastifyRequest, context: HttpContext): Promise<JsonValue> {
  if (mediaType(request) !== 'application/json')
    throw new Refusal(415, 'unsupported-media-type', 'The body must be application/json.');
  return withBody(request, context, async (bytes) => parseStrictJson(decodeUtf8(bytes)));
}

/** Calls `use` with a whole body, which counts against the budget until that is done. */
export async function withBody<Result>(
  request: FastifyRequest,
  { settings, clock, timeouts, bodies }: HttpContext,
  use: (bytes: Buffer) => Promise<Result>,
): Promise<Result> {
  const { maxBodyBytes } = settings;
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge(maxBodyBytes);
  let held = 0;
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(timeouts.bodyMs, () => late.reject(tooSlow(timeouts.bodyMs)));
  const take = (bytes: number) => {
    if (held + bytes > maxBodyBytes) throw tooLarge(maxBodyBytes);
    bodies.take(bytes);
    held += bytes;
  };
  try {
    const bytes = await Promise.race([collect(request.body as Readable, take), late.promise]);
    cancel();
    return await use(bytes);
  } finally {
    cancel();
    bodies.give(held);
  }
}

export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Refusal(400, 'bad-request', 'The body is not UTF-8.');
  }
}

export function tooSlow(ms: number): Refusal {
  return new Refusal(408, 'too-slow', `The body did not come within ${ms / 1000} s.`);
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(413, 'body-too-large', `The body has more than http.maxBodyBytes (${maxBytes}) bytes.`, {
    hint: 'Send less at once, many updates as application/x-ndjson, or raise http.maxBodyBytes.',
  });
}

/** Leaves the stream as it is when it fails: destroying it would take the connection away before the answer. */
function collect(stream: Readable, take: (bytes: number) => void): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  const stop = (error: unknown) => {
    stream.pause();
    stream.off('data', onData);
    reject(error);
  };
  const onData = (chunk: Buffer) => {
    try {
      take(chunk.length);
      chunks.push(chunk);
    } catch (error) {
      stop(error);
    }
  };
  stream.on('data', onData);
  stream.once('end', () => resolve(Buffer.concat(chunks)));
  stream.once('error', stop);
  return promise;
}
