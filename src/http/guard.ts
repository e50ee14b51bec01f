import type { FastifyInstance, FastifyRequest } from 'fastify';
import { KiB } from '../config/units.ts';
import { isAllowedHost, ownNames } from './allowed-host.ts';
import { admitHint, isHint } from './hints-access.ts';
import type { HttpContext } from './http-parts.ts';
import { Refusal } from './refusal.ts';

const maxUrlBytes = 2048;
const maxFeedTargetBytes = 12 * KiB;
const bodyTypes = ['application/json', 'application/x-ndjson'];

/** Checks every request, also those for what does not exist, before anything else is done for it. */
export function guard(app: FastifyInstance, context: HttpContext): void {
  const { settings } = context;
  const names = ownNames([settings.host, ...settings.allowedHosts]);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    checkTarget(request);
    const host = hostOf(request);
    // Whoever knows the secret of hints is no page of somebody else, and may reach this server by any name.
    if (isHint(request)) return admitHint(request, context);
    checkHost(host, names);
    if (!isOpen(request, context) && !isTrusted(request, context)) throw unauthorized();
    if (request.method === 'POST' || request.method === 'PATCH') checkBodyType(request);
  });
}

/** Whether the caller may see and do everything. */
export function isTrusted(request: FastifyRequest, { access }: Pick<HttpContext, 'access'>): boolean {
  const { authorization } = request.headers;
  return access.mayEnter({ authorization, remoteAddress: request.socket.remoteAddress });
}

/** `application/json` for `Application/JSON; charset=utf-8`. */
export function mediaType(request: FastifyRequest): string | undefined {
  return request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
}

function isOpen(request: FastifyRequest, { settings }: HttpContext): boolean {
  const route = request.routeOptions.url;
  return route === '/healthz' || route === '/readyz' || (route === '/metrics' && settings.openMetrics);
}

function checkTarget({ raw }: FastifyRequest): void {
  const target = raw.url ?? '';
  // That route's has a whole URL in it, which may be long.
  const most = target.startsWith('/api/feeds/') ? maxFeedTargetBytes : maxUrlBytes;
  if (target.length > most) throw new Refusal(414, 'url-too-long', `The URL has more than ${most} bytes.`);
  // A proxy's form (`GET http://…`) names another host than the one that is checked.
  if (!target.startsWith('/')) throw new Refusal(400, 'bad-request', 'The request target must begin with /.');
}

function hostOf({ raw }: FastifyRequest): string {
  const hosts = raw.rawHeaders.filter((_, index, all) => index % 2 === 1 && isHost(all[index - 1]));
  const [host] = hosts;
  if (host === undefined || hosts.length > 1)
    throw new Refusal(400, 'bad-request', 'A request needs one Host header.');
  return host;
}

function checkHost(host: string, names: ReadonlySet<string>): void {
  if (isAllowedHost(host, names)) return;
  throw new Refusal(421, 'wrong-host', 'This server does not answer for the host that the request names.', {
    hint: 'Ask by address, or add the name to http.allowedHosts.',
  });
}

function isHost(name: string | undefined): boolean {
  return name?.toLowerCase() === 'host';
}

function unauthorized(): Refusal {
  return new Refusal(401, 'unauthorized', 'This needs the token of the node.', {
    hint: 'Send `Authorization: Bearer …` with the value of http.token.',
    headers: { 'www-authenticate': 'Bearer realm="bucketcast"' },
  });
}

/** A page of another site cannot send these types without asking first, which nobody here allows. */
function checkBodyType(request: FastifyRequest): void {
  const type = mediaType(request);
  if (type === undefined || !bodyTypes.includes(type))
    throw new Refusal(415, 'unsupported-media-type', `The body must be ${bodyTypes.join(' or ')}.`, {
      hint: 'Send a Content-Type header.',
    });
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity')
    throw new Refusal(415, 'unsupported-media-type', 'The body must not be compressed.', {
      headers: { 'accept-encoding': 'identity' },
    });
}
