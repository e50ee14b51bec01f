import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { maxHintBytes } from '../hints/hint-parts.ts';
import { headOf, hintsPath } from './hints-access.ts';
import type { HttpContext } from './http-parts.ts';
import { Refusal, type RefusalCode } from './refusal.ts';
import { readBody } from './request-body.ts';

/**
 * Takes hints of other nodes, and event notifications of buckets. The answer says what the request looks like, and comes before
 * anything is done about it: some stores let their own clients wait for it.
 */
export function addHintsRoute(app: FastifyInstance, context: HttpContext): void {
  const maxBodyBytes = Math.min(context.settings.maxBodyBytes, maxHintBytes);
  const bounded = { ...context, settings: { ...context.settings, maxBodyBytes } };
  app.register(async (scope) => {
    // SNS calls its JSON text, and others call it nothing.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', async (_request: FastifyRequest, body: IncomingMessage) => body);
    scope.post(hintsPath, async (request, reply) => {
      using body = await readBody(request, bounded);
      const answer = await context.node.hints?.post({ ...headOf(request), body: body.bytes });
      const { status, message = 'The node takes no hints just now.' } = answer ?? { status: 503 };
      if (status >= 400) throw new Refusal(status, codes[status] ?? 'bad-request', message);
      await reply.code(status).send();
    });
  });
}

const codes: Readonly<Record<number, RefusalCode>> = {
  400: 'bad-request',
  401: 'unauthorized',
  403: 'forbidden',
  503: 'not-ready',
};
