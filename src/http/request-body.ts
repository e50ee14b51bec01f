import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import type { JsonValue } from '../base/update.ts';
import { KiB } from '../config/units.ts';
import { mediaType } from './guard.ts';
import type { HttpContext } from './http-parts.ts';
import { Refusal } from './refusal.ts';
import { decodeUtf8, parseStrictJson } from './strict-json.ts';

/** A whole body in memory; it counts against the server's budget until it is disposed of. */
export interface RequestBody extends Disposable {
  readonly bytes: Buffer;
}

/** Small bodies always have room: the limits can be changed also while large ones wait for the bucket. */
const uncountedBytes = 64 * KiB;

/** A body as a JSON value. Throws a `Refusal`: not JSON, too large, too slow. */
export async function readJsonBody(request: FastifyRequest, context: HttpContext): Promise<JsonValue> {
  if (mediaType(request) !== 'application/json')
    throw new Refusal(415, 'unsupported-media-type', 'The body must be application/json.');
  using body = await readBody(request, context);
  return parseStrictJson(decodeUtf8(body.bytes));
}

export async function readBody(
  request: FastifyRequest,
  { settings, clock, timeouts, bodies }: HttpContext,
): Promise<RequestBody> {
  const { maxBodyBytes } = settings;
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge(maxBodyBytes);
  let length = 0;
  let held = 0;
  const take = (bytes: number) => {
    length += bytes;
    if (length > maxBodyBytes) throw tooLarge(maxBodyBytes);
    if (length <= uncountedBytes) return;
    bodies.take(length - held);
    held = length;
  };
  const dispose = () => {
    bodies.give(held);
    held = 0;
  };
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(timeouts.bodyMs, () => late.reject(tooSlow(timeouts.bodyMs)));
  const collecting = collect(request.body as Readable, take);
  try {
    const bytes = await Promise.race([collecting.bytes, late.promise]);
    return { bytes, [Symbol.dispose]: dispose };
  } catch (error) {
    collecting.stop();
    dispose();
    throw error;
  } finally {
    cancel();
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

/** When it is stopped the stream stays as it is: destroying it would take the connection away before the answer. */
function collect(stream: Readable, take: (bytes: number) => void): { bytes: Promise<Buffer>; stop(): void } {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  let chunks: Buffer[] = [];
  const onData = (chunk: Buffer) => {
    try {
      take(chunk.length);
      chunks.push(chunk);
    } catch (error) {
      reject(error);
    }
  };
  stream.on('data', onData);
  stream.once('end', () => resolve(Buffer.concat(chunks)));
  stream.once('error', (cause) =>
    reject(new Refusal(400, 'bad-request', 'The client went away.', { cause })),
  );
  const stop = () => {
    stream.pause();
    stream.off('data', onData);
    chunks = [];
  };
  return { bytes: promise, stop };
}
