import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { busy } from './body-budget.ts';
import { mediaType } from './guard.ts';
import type { HttpContext } from './http-parts.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { KeyedRequests } from './keyed-requests.ts';
import { answerKeyed } from './keyed-updates.ts';
import { linesType } from './line-publishing.ts';
import { Patience } from './patience.ts';
import { Refusal } from './refusal.ts';
import { readBody } from './request-body.ts';
import { requestUpdate } from './request-update.ts';
import { streamLines } from './streamed-updates.ts';
import { decodeUtf8 } from './strict-json.ts';
import { readUpdatesQuery, type UpdatesQuery } from './updates-query.ts';

/** Bodies of lines that are published as they come, at once. */
const maxStreams = 16;

/** Publishes one update, or one for each line; at most once for each `Idempotency-Key`. */
export function addUpdatesRoute(app: FastifyInstance, context: HttpContext): void {
  const keyed = new KeyedRequests(context.answers);
  let streams = 0;

  app.post('/api/updates', async (request, reply) => {
    if (context.stopping.aborted) throw stoppingRefusal();
    const query = readUpdatesQuery(request);
    const key = idempotencyKey(request);
    if (key !== undefined) return answerKeyed({ request, reply, query, key, keyed }, context);
    if (mediaType(request) === 'application/json') return publishOne(request, reply, query, context);
    if (streams >= maxStreams) throw busy('takes as many streams of updates as it may');
    streams += 1;
    reply.raw.once('close', () => {
      streams -= 1;
    });
    return reply.type(linesType).send(Readable.from(await streamLines(request, reply, query, context)));
  });
}

async function publishOne(
  request: FastifyRequest,
  reply: FastifyReply,
  { visible }: UpdatesQuery,
  context: HttpContext,
): Promise<unknown> {
  using body = await readBody(request, context);
  const update = requestUpdate(decodeUtf8(body.bytes));
  using patience = new Patience(reply, context);
  const { signal } = patience;
  const published = await patience.for(context.node.publish(update, { visible, signal }));
  reply.code(201);
  return published;
}

function stoppingRefusal(): Refusal {
  return new Refusal(503, 'not-ready', 'The node is stopping; nothing was published.', {
    hint: 'Send the request again once the node is back.',
    headers: { 'retry-after': '5' },
  });
}
