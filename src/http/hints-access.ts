import type { FastifyRequest } from 'fastify';
import type { PostedHint } from '../hints/hint-door.ts';
import type { HttpContext } from './http-parts.ts';
import { Refusal } from './refusal.ts';

export const hintsPath = '/hints';

/** The one request that the secret of hints is for, and nothing else. */
export function isHint(request: FastifyRequest): boolean {
  return request.routeOptions.url === hintsPath && request.method === 'POST';
}

/** Throws a `Refusal` unless the node takes hints, and the request carries their secret. */
export function admitHint(request: FastifyRequest, { node }: Pick<HttpContext, 'node'>): void {
  if (node.hints === undefined)
    throw new Refusal(404, 'not-found', 'This node takes no hints by HTTP.', { hint: 'Set hints.webhook.' });
  if (node.hints.admits(headOf(request))) return;
  throw new Refusal(401, 'unauthorized', 'This needs the secret of hints.', {
    hint: 'Send `Authorization: Bearer …` or `?secret=…` with the value of hints.webhook.secret.',
    headers: { 'www-authenticate': 'Bearer realm="bucketcast hints"' },
  });
}

export function headOf({ raw }: FastifyRequest): Omit<PostedHint, 'body'> {
  const target = raw.url ?? '';
  const at = target.indexOf('?');
  return { headers: raw.headers, query: new URLSearchParams(at < 0 ? '' : target.slice(at)) };
}
