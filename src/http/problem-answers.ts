import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../base/logger.ts';
import { problemOf, problemType } from './problem-details.ts';
import { Refusal } from './refusal.ts';

/** Has every failure answered with problem details, and every route that does not exist with those that do. */
export function answerProblems(app: FastifyInstance, { logger }: { readonly logger: Logger }): void {
  const routes = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = routes.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    routes.set(url, methods);
  });
  app.setErrorHandler((error, request, reply) => sendProblem(foreseen(error), request, reply, logger));
  app.setNotFoundHandler((request, reply) => sendProblem(missing(request, routes), request, reply, logger));
}

export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
): FastifyReply {
  const { body, headers, unexpected } = problemOf(error);
  const route = request.routeOptions.url ?? 'other';
  if (unexpected)
    logger.error({ err: error, method: request.method, route }, 'a request failed unexpectedly');
  // Nobody wants the rest of a refused body: the connection ends rather than carry it.
  if (!request.raw.complete) reply.header('connection', 'close');
  return reply.code(body.status).headers(headers).type(problemType).send(JSON.stringify(body));
}

/** What is no HTTP gets the shortest answer that is. */
export function answerMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

/** The framework's own refusals (a URL that does not decode, a length that is no number) are the client's mistakes. */
export function foreseen(error: unknown): unknown {
  const { code, statusCode, message } = error as { code?: unknown; statusCode?: unknown; message?: string };
  const isFramework = typeof code === 'string' && code.startsWith('FST_');
  if (!isFramework || typeof statusCode !== 'number' || statusCode >= 500) return error;
  return new Refusal(statusCode, 'bad-request', message ?? 'The request is malformed.');
}

function missing(request: FastifyRequest, routes: ReadonlyMap<string, ReadonlySet<string>>): Refusal {
  const path = request.url.split('?', 1)[0] as string;
  const methods = routes.get(path);
  if (methods !== undefined) {
    const allow = [...methods].toSorted().join(', ');
    const detail = `${path} does not take ${request.method}; it takes ${allow}.`;
    return new Refusal(405, 'method-not-allowed', detail, { headers: { allow } });
  }
  const known = [...routes.keys()].toSorted().join(', ');
  return new Refusal(404, 'not-found', 'There is nothing at this path.', { hint: `There are: ${known}.` });
}
