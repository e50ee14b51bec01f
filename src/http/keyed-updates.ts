import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Published, Spooled } from '../publish/published.ts';
import { inputLines } from '../sources/input-lines.ts';
import { mediaType } from './guard.ts';
import type { HttpContext } from './http-parts.ts';
import { derivedId, fingerprintOf } from './idempotency-key.ts';
import type { KeyedRequests, Outcome } from './keyed-requests.ts';
import { LinePublishing, linesType } from './line-publishing.ts';
import { Patience } from './patience.ts';
import { Refusal } from './refusal.ts';
import { readBody } from './request-body.ts';
import { requestUpdate } from './request-update.ts';
import { decodeUtf8 } from './strict-json.ts';
import type { UpdatesQuery } from './updates-query.ts';

/** Lines under one key: their results are remembered whole. */
const maxKeyedLines = 10_000;
const newline = 0x0a;

interface KeyedRequest {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly query: UpdatesQuery;
  readonly key: string;
  readonly keyed: KeyedRequests;
}

/**
 * A request that is done once, however often it is sent. It has to be read whole before anything is published, to tell
 * whether it is the same; and it is published to the end even if its client does not wait so long.
 */
export async function answerKeyed(
  { request, reply, query, key, keyed }: KeyedRequest,
  context: HttpContext,
): Promise<string> {
  const body = await readBody(request, context);
  const type = mediaType(request) as string;
  const fingerprint = fingerprintOf(type, JSON.stringify(query), body.bytes);
  const idOf = (index: number) => derivedId({ hostId: context.answers.hostId, key, fingerprint }, index);
  const work = type === 'application/json' ? publishOne : publishLines;
  const answering = keyed
    .answer(key, fingerprint, () => work(body.bytes, query, idOf, context))
    .finally(() => body[Symbol.dispose]());
  using patience = new Patience(reply, context);
  const { answer, repeated } = await patience.for(answering);
  if (repeated) reply.header('idempotency-replayed', 'true');
  reply.code(answer.status).type(answer.type);
  return answer.body;
}

type IdOf = (index: number) => string;

async function publishOne(
  bytes: Buffer,
  { visible }: UpdatesQuery,
  idOf: IdOf,
  { node }: HttpContext,
): Promise<Outcome> {
  const update = requestUpdate(decodeUtf8(bytes));
  const published: Published | Spooled = await node.publish(update, { visible, id: idOf(0) });
  const body = JSON.stringify(published);
  return { answer: { status: 201, type: 'application/json; charset=utf-8', body }, final: true };
}

async function publishLines(
  bytes: Buffer,
  { visible, onlyFailed }: UpdatesQuery,
  idOf: IdOf,
  { node, settings, logger }: HttpContext,
): Promise<Outcome> {
  if (lineCount(bytes) > maxKeyedLines) throw tooManyLines();
  const lines = inputLines(once(bytes), settings.maxBodyBytes);
  const publishing = new LinePublishing(lines, {
    publish: (update, line) => node.publish(update, { visible, id: idOf(line) }),
    onlyFailed,
    unexpected: (err) => logger.error({ err }, 'publishing a line failed unexpectedly'),
  });
  let body = '';
  for await (const text of publishing.results()) body += text;
  if (publishing.refusal !== undefined) throw publishing.refusal as Error;
  return { answer: { status: 200, type: linesType, body }, final: publishing.final };
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function lineCount(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) count += 1;
  return bytes.at(-1) === newline ? count : count + 1;
}

function tooManyLines(): Refusal {
  return new Refusal(
    413,
    'body-too-large',
    `With an Idempotency-Key a request has at most ${maxKeyedLines} lines.`,
    {
      hint: 'Send the lines in several requests, each with a key of its own.',
    },
  );
}
