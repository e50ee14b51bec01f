import type { FastifyReply, FastifyRequest } from 'fastify';
import { closedError } from '../base/errors.ts';
import { bodyLines } from './body-lines.ts';
import type { HttpContext } from './http-parts.ts';
import { LinePatience } from './line-patience.ts';
import { LinePublishing } from './line-publishing.ts';
import { unknownOutcome } from './patience.ts';
import type { UpdatesQuery } from './updates-query.ts';

/**
 * Publishes a body of lines as they come, however long it is, and gives the results as they come. Throws instead when
 * the first line fails for a reason that is not the line's.
 */
export async function streamLines(
  request: FastifyRequest,
  reply: FastifyReply,
  { visible, onlyFailed }: UpdatesQuery,
  { node, clock, timeouts, settings, logger }: HttpContext,
): Promise<AsyncIterable<string>> {
  const patience = new LinePatience(clock, timeouts.publishMs, unknownOutcome);
  const times = { clock, timeoutMs: timeouts.bodyMs, maxLineBytes: settings.maxBodyBytes };
  const publishing = new LinePublishing(bodyLines(request.raw, times), {
    publish: (update) => patience.for((signal) => node.publish(update, { visible, signal })),
    onlyFailed,
    unexpected: (err) => logger.error({ err }, 'publishing a line failed unexpectedly'),
  });
  reply.raw.once('close', () => {
    const gone = closedError('the connection');
    patience.end(gone);
    publishing.stop(gone);
    // What is not read any more must not be taken for the next request, and nobody is to wait for it.
    if (!request.raw.complete) request.raw.destroy();
  });
  const results = publishing.results();
  const first = await results.next();
  if (publishing.refusal !== undefined) throw publishing.refusal as Error;
  return resumed(first, results);
}

async function* resumed(first: IteratorResult<string>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}
