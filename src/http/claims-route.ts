import type { FastifyInstance } from 'fastify';
import type { JsonValue } from '../base/update.ts';
import type { Claim, ClaimHolder } from '../claims/claim.ts';
import type { HttpContext } from './http-parts.ts';
import { Patience } from './patience.ts';
import { retryAfterSeconds } from './problem-details.ts';
import { Refusal } from './refusal.ts';
import { readJsonBody } from './request-body.ts';

/** What a claim is called by whoever holds it, after it was given. */
type Named = { readonly Params: { readonly claim: string } };

const one = '/api/claims/:claim';

/**
 * Claims for programs beside the node. They do not renew themselves, for the node cannot see whether such a program still
 * lives: it has to, by PUT, or its claim ends.
 */
export function addClaimsRoutes(app: FastifyInstance, context: HttpContext): void {
  const { node } = context;
  const find = (id: string): Claim => node.claims.find(id) ?? notHeld();

  app.post('/api/claims', async (request, reply) => {
    const { url, ttlMs } = claimRequest(await readJsonBody(request, context));
    using patience = new Patience(reply, context, unknownOutcome);
    const { signal } = patience;
    const options = { renew: false, signal, ...(ttlMs !== undefined && { ttlMs }) };
    const answer = await patience.for(node.claims.claim(url, options));
    if (answer.status === 'held') throw claimed(url, answer.holder);
    reply.code(201).header('location', `/api/claims/${answer.claim.id}`);
    return shown(answer.claim);
  });

  app.put<Named>(one, async ({ params }, reply) => {
    const claim = find(params.claim);
    using patience = new Patience(reply, context, unknownOutcome);
    return (await patience.for(claim.renew())) ? shown(claim) : notHeld();
  });

  app.delete<Named>(one, async ({ params }, reply) => {
    const claim = find(params.claim);
    using patience = new Patience(reply, context, unknownOutcome);
    await patience.for(claim.release());
    reply.code(204);
  });
}

function shown({ id, url, token, expiresAt }: Claim): Record<string, JsonValue> {
  return { claim: id, url, token, expiresAt: new Date(expiresAt).toISOString() };
}

function claimRequest(body: JsonValue): { readonly url: string; readonly ttlMs: number | undefined } {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw bad('expected an object such as {"url": "https://a.example/feed.xml", "ttlMs": 60000}');
  const { url, ttlMs, ...others } = body as Record<string, JsonValue | undefined>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw bad(`${JSON.stringify(unknown)} is not known; there are url and ttlMs`);
  if (typeof url !== 'string') throw bad('url: expected a text');
  if (ttlMs !== undefined && typeof ttlMs !== 'number') throw bad('ttlMs: expected a number of milliseconds');
  return { url, ttlMs };
}

function bad(what: string): Refusal {
  return new Refusal(400, 'bad-request', `The claim cannot be read: ${what}.`);
}

function claimed(url: string, { server, token, until }: ClaimHolder): Refusal {
  const holder = { server, token, until: new Date(until).toISOString() };
  return new Refusal(
    409,
    'claimed',
    `${server} holds the claim of ${url}, until ${holder.until} or longer.`,
    {
      members: { holder },
    },
  );
}

function unknownOutcome(): Refusal {
  return new Refusal(503, 'unknown-outcome', 'The bucket has not answered in time.', {
    hint: 'A claim that was asked for may be held, by nobody, until its time is over; one that was held ends when it would have.',
    headers: { 'retry-after': String(retryAfterSeconds) },
  });
}

function notHeld(): never {
  throw new Refusal(404, 'not-found', 'This node holds no such claim: it has ended, or was released.', {
    hint: 'Stop what it was for, and ask for another with POST /api/claims.',
  });
}
