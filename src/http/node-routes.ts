import type { FastifyInstance } from 'fastify';
import { isTrusted } from './guard.ts';
import type { HttpContext } from './http-parts.ts';
import { Refusal } from './refusal.ts';

/** What a node tells of itself: whether it lives, whether it can work, its metrics and its status. */
export function addNodeRoutes(app: FastifyInstance, context: HttpContext): void {
  const { node, stopping } = context;

  app.get('/healthz', async () => ({ alive: true }));

  app.get('/readyz', async (request) => {
    const readiness = stopping.aborted ? stoppingReadiness : node.readiness();
    if (readiness.ready) return { ready: true };
    // The hint may name settings and files, which are nobody's business who has no token.
    const hint = isTrusted(request, context) ? readiness.hint : undefined;
    throw new Refusal(503, 'not-ready', readiness.reason, { hint });
  });

  app.get('/metrics', async (_request, reply) => {
    reply.header('content-type', node.metricsContentType);
    return node.metrics();
  });

  app.get('/api/status', async () => node.status());
}

const stoppingReadiness = { ready: false, reason: 'stopping', hint: undefined } as const;
