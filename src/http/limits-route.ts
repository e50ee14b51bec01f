import type { FastifyInstance } from 'fastify';
import type { HttpContext } from './http-parts.ts';
import { limitsChange } from './limits-change.ts';
import { readJsonBody } from './request-body.ts';

/** The limits of this host, shown and changed while the node runs. A change lasts until the node restarts or reloads. */
export function addLimitsRoute(app: FastifyInstance, context: HttpContext): void {
  app.get('/api/limits', async () => context.node.limits());

  app.patch('/api/limits', async (request) => {
    const body = await readJsonBody(request, context);
    return context.node.limit(limitsChange(body));
  });
}
