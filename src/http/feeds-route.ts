import type { FastifyInstance } from 'fastify';
import { isBucketcastError } from '../base/errors.ts';
import { feedAnswer } from '../status/feed-state.ts';
import { behindText, type IndexStanding } from '../status/index-standing.ts';
import type { HttpContext } from './http-parts.ts';
import { Refusal } from './refusal.ts';
import type { NodeState } from './served-node.ts';

const path = '/api/feeds/';

/** The newest update of a URL, by the index of the node. */
export function addFeedsRoute(app: FastifyInstance, { node }: HttpContext): void {
  app.get(`${path}*`, async (request) => {
    const url = feedUrl(request.raw.url ?? '');
    const index = standingOf(node.index);
    const feed = node.index.get(url);
    if (feed !== undefined) return feedAnswer(feed, index);
    if (index.current) throw new Refusal(404, 'unknown-url', `No update of ${shown(url)} is known.`);
    throw new Refusal(503, 'index-behind', `No update of ${shown(url)} is known yet: ${behindText(index)}.`, {
      hint: 'Ask again later, or take the URL for one that nobody has published.',
      headers: { 'retry-after': '5' },
    });
  });
}

/** Taken from the request as it was sent: in the path a slash of the URL cannot be told from one of ours. */
function feedUrl(target: string): string {
  const given = target.slice(path.length);
  const refused = (detail: string) =>
    new Refusal(400, 'bad-request', detail, {
      hint: 'Encode the whole URL, as `encodeURIComponent` does: /api/feeds/https%3A%2F%2Fexample.org%2Ffeed.xml',
    });
  if (/[/?]/.test(given)) throw refused('The URL after /api/feeds/ is not percent-encoded.');
  let url: string;
  try {
    url = decodeURIComponent(given);
  } catch {
    throw refused('The URL after /api/feeds/ is not percent-encoded UTF-8.');
  }
  if (url === '') throw refused('There is no URL after /api/feeds/.');
  return url;
}

function standingOf(state: NodeState): IndexStanding {
  try {
    return state.standing();
  } catch (error) {
    if (!isBucketcastError(error, 'invalid-settings')) throw error;
    throw new Refusal(409, 'index-off', `${error.message}.`, { hint: error.hint });
  }
}

function shown(url: string): string {
  return JSON.stringify(url.length > 200 ? `${url.slice(0, 200)}…` : url);
}
